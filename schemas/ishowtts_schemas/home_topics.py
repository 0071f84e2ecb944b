"""The rows of the topic table that a smart home reads."""

from ishowtts_schemas.home import (
    HomeAssistantDevice,
    HomeAssistantStatus,
    HomeAvailability,
    HomePipeline,
    HomeRoom,
)
from ishowtts_schemas.topic import JSON, TEXT, Topic

HOME_AVAILABILITY = Topic(
    name="home_availability",
    pattern="home/{instance}/availability",
    payload=HomeAvailability,
    summary="`online`, and as last will `offline`; with Home Assistant only",
    publishers=("player",),
    subscribers=("app", "Home Assistant"),
    retain=True,
    bare_field="state",
    sent_as=TEXT,
)
HOME_PIPELINE = Topic(
    name="home_pipeline",
    pattern="home/{instance}/pipeline",
    payload=HomePipeline,
    summary="Whether everything is there that speaks; with Home Assistant only",
    publishers=("player",),
    subscribers=("app", "Home Assistant"),
    retain=True,
    sent_as=JSON,
)
HOME_ROOM = Topic(
    name="home_room",
    pattern="home/{instance}/room/{room}",
    payload=HomeRoom,
    summary="A room as a dashboard shows it; with Home Assistant only",
    publishers=("player",),
    subscribers=("app", "Home Assistant"),
    retain=True,
    sent_as=JSON,
)
HOME_ASSISTANT_DEVICE = Topic(
    name="home_assistant_device",
    pattern="{discovery}/device/{device}/config",
    payload=HomeAssistantDevice,
    summary="MQTT discovery: the entities of one player",
    publishers=("player",),
    subscribers=("Home Assistant",),
    retain=True,
    sent_as=JSON,
    foreign=True,
)
HOME_ASSISTANT_STATUS = Topic(
    name="home_assistant_status",
    pattern="{discovery}/status",
    payload=HomeAssistantStatus,
    summary="Home Assistant has started, or is gone",
    publishers=("Home Assistant",),
    subscribers=("player",),
    qos=0,
    bare_field="state",
    sent_as=TEXT,
    foreign=True,
)
