"""The bridge: what is said in a room, for browsers and HTTP clients.

`ishowtts_player.settings` imports nothing heavy (every node reads it); the node is
`ishowtts_player.node.PlayerNode`.
"""
