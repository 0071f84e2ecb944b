"""What Home Assistant is told to show: one device, and for each room its entities. Pure."""

from collections.abc import Iterable, Sequence
from importlib.metadata import version
from typing import Any

from ishowtts_bus.addresses import is_loopback
from ishowtts_schemas import HomeAssistantDevice
from ishowtts_schemas.topics import (
    CONTROL,
    HOME_AVAILABILITY,
    HOME_PIPELINE,
    HOME_ROOM,
    TEXT_REQUEST,
)

PROGRAM = "iShowTTS"

Component = dict[str, Any]


def device_id(instance: str) -> str:
    """The device's name in topics and in Home Assistant's registry."""
    return f"ishowtts-{instance}"[:64]


def describe_device(
    instance: str, url: str, rooms: Sequence[str], gone: Iterable[str] = ()
) -> HomeAssistantDevice:
    """The whole announcement.

    Args:
        instance: Of the player.
        url: Of its page; told to people where they can reach it.
        rooms: That have entities.
        gone: That had entities and have none any more.
    """
    components = {"ready": _ready(instance)}
    for room in rooms:
        components |= _room(instance, room, f" {room}" if len(rooms) > 1 else "")
    for room in gone:
        entities = _room(instance, room, "")
        components |= {key: {"platform": one["platform"]} for key, one in entities.items()}
    named = {
        key: {**one, "unique_id": f"{device_id(instance)}-{key}"} if len(one) > 1 else one
        for key, one in components.items()
    }
    return HomeAssistantDevice(
        device=_device(instance, url),
        origin={"name": PROGRAM, "sw_version": version("ishowtts")},
        availability_topic=HOME_AVAILABILITY.address(instance=instance),
        components=named,
    )


def _device(instance: str, url: str) -> dict[str, Any]:
    device: dict[str, Any] = {
        "identifiers": [device_id(instance)],
        "name": PROGRAM if instance == "1" else f"{PROGRAM} {instance}",
        "sw_version": version("ishowtts"),
    }
    host = url.partition("://")[2].rpartition(":")[0]
    return device if is_loopback(host) else {**device, "configuration_url": url}


def _ready(instance: str) -> Component:
    topic = HOME_PIPELINE.address(instance=instance)
    return {
        "platform": "binary_sensor",
        "name": "Ready",
        "entity_category": "diagnostic",
        "state_topic": topic,
        "value_template": _on_off("ready"),
        "json_attributes_topic": topic,
    }


def _room(instance: str, room: str, suffix: str) -> dict[str, Component]:
    state = HOME_ROOM.address(instance=instance, room=room)
    entities = _acts(room, suffix, state) | _shows(suffix, state)
    return {f"{room}-{key}": one for key, one in entities.items()}


def _acts(room: str, suffix: str, state: str) -> dict[str, Component]:
    control = CONTROL.address(room=room)
    return {
        "say": {
            "platform": "notify",
            "name": f"Say{suffix}",
            "icon": "mdi:bullhorn",
            "command_topic": TEXT_REQUEST.address(room=room),
            "qos": 1,
        },
        "skip": _button(f"Skip{suffix}", "mdi:skip-next", control, "skip"),
        "clear": _button(f"Clear{suffix}", "mdi:playlist-remove", control, "clear"),
        "pause": {
            "platform": "switch",
            "name": f"Pause{suffix}",
            "icon": "mdi:pause",
            "command_topic": control,
            "payload_on": "pause",
            "payload_off": "resume",
            "qos": 1,
            "state_topic": state,
            "state_on": "ON",
            "state_off": "OFF",
            "value_template": _on_off("paused"),
        },
    }


def _shows(suffix: str, state: str) -> dict[str, Component]:
    return {
        "speaking": {
            "platform": "binary_sensor",
            "name": f"Speaking{suffix}",
            "device_class": "sound",
            "state_topic": state,
            "value_template": _on_off("speaking"),
        },
        "queued": _number(f"Queue{suffix}", state, "queued", "messages", icon="mdi:tray-full"),
        "backlog": _number(f"Backlog{suffix}", state, "backlog_s", "s", device_class="duration"),
        "listeners": _number(
            f"Listeners{suffix}", state, "listeners", "listeners", icon="mdi:ear-hearing"
        ),
    }


def _button(name: str, icon: str, topic: str, word: str) -> Component:
    return {
        "platform": "button",
        "name": name,
        "icon": icon,
        "command_topic": topic,
        "payload_press": word,
        "qos": 1,
    }


def _number(name: str, topic: str, field: str, unit: str, **more: str) -> Component:
    return {
        "platform": "sensor",
        "name": name,
        "state_topic": topic,
        "value_template": f"{{{{ value_json.{field} }}}}",
        "unit_of_measurement": unit,
        "state_class": "measurement",
        **more,
    }


def _on_off(field: str) -> str:
    return f"{{{{ 'ON' if value_json.{field} else 'OFF' }}}}"
