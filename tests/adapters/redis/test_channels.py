import pytest

from adapters.redis.channels import Ring, conversation_of_channel, decode_rings, encode_rings, stream_channel

pytestmark = pytest.mark.unit


def test_rings_survive_the_wire():
    rings = [Ring(conversation_id="c-1", seq=4), Ring(conversation_id="c_2", seq=1, replied=False)]
    assert decode_rings(encode_rings(rings)) == rings


@pytest.mark.parametrize("noise", ["", " ", "c-1", "c-1 x 1", "c-1 -4 1", "\n\n"])
def test_noise_on_the_bell_is_left_out(noise):
    assert decode_rings(f"{noise}\nc-1 4 1") == [Ring(conversation_id="c-1", seq=4)]


def test_a_channel_names_its_conversation():
    assert conversation_of_channel(stream_channel("c-1")) == "c-1"
    with pytest.raises(ValueError, match="not the channel"):
        conversation_of_channel("switchboard:bell")
