import pytest

from ishowtts_bus import NodeError
from ishowtts_player.server import open_socket, public_url


async def test_a_port_in_use_is_one_sentence(site):
    node = await site.bridge()
    port = int(node.url.rpartition(":")[2])
    sentence = rf"port {port} on 127.0.0.1 is taken by another program; set \[player\] port"
    with pytest.raises(NodeError, match=sentence):
        await site.bridge(port=port)


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.7", "a..b"])
def test_an_address_that_is_not_ours_is_one_sentence(host):
    with pytest.raises(NodeError, match="not an address of this machine"):
        open_socket(host, 0)


@pytest.mark.parametrize(
    ("host", "wanted"),
    [
        ("127.0.0.1", "http://127.0.0.1:"),
        ("localhost", "http://localhost:"),
        ("0.0.0.0", "http://127.0.0.1:"),
    ],
)
def test_the_address_can_be_opened(host, wanted):
    with open_socket(host, 0) as listener:
        assert public_url(host, listener).startswith(wanted)
