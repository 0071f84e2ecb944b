"""The ingest node: reads chat from its sources and puts it on the bus.

`ishowtts_ingest.settings` imports nothing heavy; the node is `ishowtts_ingest.node.IngestNode`.
"""
