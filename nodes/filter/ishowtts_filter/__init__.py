"""The filter node: decides what is spoken, in which order, and by whom.

`ishowtts_filter.settings` imports nothing heavy; the node is `ishowtts_filter.node.FilterNode`.
"""
