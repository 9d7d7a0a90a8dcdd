"""Languages of files, by the ends of their names."""

from __future__ import annotations

from pathlib import PurePosixPath

LANGUAGES = {
    "py": "Python", "pyi": "Python", "ipynb": "Python", "js": "JavaScript", "jsx": "JavaScript",
    "mjs": "JavaScript", "cjs": "JavaScript", "ts": "TypeScript", "tsx": "TypeScript",
    "mts": "TypeScript", "cts": "TypeScript", "vue": "Vue", "svelte": "Svelte", "go": "Go",
    "rs": "Rust", "java": "Java", "kt": "Kotlin", "kts": "Kotlin", "scala": "Scala",
    "groovy": "Groovy", "gradle": "Groovy", "c": "C", "h": "C or C++", "cc": "C++", "cpp": "C++",
    "cxx": "C++", "hpp": "C++", "hh": "C++", "m": "Objective-C", "mm": "Objective-C",
    "swift": "Swift", "cs": "C#", "fs": "F#", "vb": "Visual Basic", "rb": "Ruby", "php": "PHP",
    "pl": "Perl", "pm": "Perl", "lua": "Lua", "r": "R", "jl": "Julia", "dart": "Dart",
    "ex": "Elixir", "exs": "Elixir", "erl": "Erlang", "hs": "Haskell", "ml": "OCaml",
    "clj": "Clojure", "cljs": "Clojure", "elm": "Elm", "zig": "Zig", "nim": "Nim",
    "sol": "Solidity",
    "sh": "Shell", "bash": "Shell", "zsh": "Shell", "fish": "Shell", "ps1": "PowerShell",
    "bat": "Batch", "cmd": "Batch", "sql": "SQL", "html": "HTML", "htm": "HTML", "css": "CSS",
    "scss": "CSS", "sass": "CSS", "less": "CSS", "xml": "XML", "json": "JSON", "jsonc": "JSON",
    "yaml": "YAML", "yml": "YAML", "toml": "TOML", "ini": "INI", "md": "Markdown",
    "mdx": "Markdown", "rst": "reStructuredText", "tex": "TeX", "txt": "Text", "tf": "Terraform",
    "hcl": "HCL", "proto": "Protocol Buffers", "graphql": "GraphQL", "gql": "GraphQL",
    "dockerfile": "Dockerfile", "makefile": "Makefile", "cmake": "CMake", "nix": "Nix",
}  # fmt: skip


def language_of(path: str) -> str | None:
    """The language of a file by its name; ``None`` for one that is not in the list."""
    name = PurePosixPath(path.replace("\\", "/")).name.lower()
    return LANGUAGES.get(name.rpartition(".")[2])
