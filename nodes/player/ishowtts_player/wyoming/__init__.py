"""The Wyoming protocol: speech over TCP for voice assistants.

https://github.com/OHF-Voice/wyoming: events of one JSON line, more JSON, and a payload.
"""
