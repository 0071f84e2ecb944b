"""Home Assistant over MQTT: entities that announce themselves, and the state they show.

https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery
"""
