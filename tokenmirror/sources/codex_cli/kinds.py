"""The kinds of record that Codex is known to write."""

from __future__ import annotations

# Calls of tools by the agent.
CALLS = frozenset(
    (
        "function_call",
        "custom_tool_call",
        "local_shell_call",
        "web_search_call",
        "tool_search_call",
        "image_generation_call",
    )
)
# What came back from them.
OUTPUTS = frozenset(("function_call_output", "custom_tool_call_output"))
# Other pieces of the conversation; none of them says more than its events.
ITEMS = frozenset(
    (
        "message",
        "reasoning",
        "agent_message",
        "tool_search_output",
        "compaction",
        "compaction_summary",
        "context_compaction",
        "compaction_trigger",
        "ghost_snapshot",
        "additional_tools",
        "other",
    )
)
# Finished items of a turn.
FINISHED = frozenset(
    (
        "UserMessage",
        "HookPrompt",
        "AgentMessage",
        "Plan",
        "Reasoning",
        "CommandExecution",
        "DynamicToolCall",
        "CollabAgentToolCall",
        "SubAgentActivity",
        "WebSearch",
        "ImageView",
        "Sleep",
        "ImageGeneration",
        "FileChange",
        "McpToolCall",
        "ContextCompaction",
        "EnteredReviewMode",
        "ExitedReviewMode",
    )
)
