"""Run TokenMirror as ``python -m tokenmirror``."""

from tokenmirror.app.cli import main

if __name__ == "__main__":
    main()
