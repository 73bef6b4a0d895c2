import hmac

import pytest

from api.problems import BadSignature, SignatureTooOld, UnknownSystem
from api.signatures import SIGNATURE_HEADER, TIMESTAMP_HEADER, WINDOW_SECONDS, Signatures, signature

pytestmark = pytest.mark.unit

NOW = 1_700_000_000
SECRET = "a secret of more than thirty-two characters"
BODY = b'{"event_id": "e1"}'


def check(body: bytes = BODY, at: object = NOW, system: str = "crm", **headers: str) -> None:
    signed = {TIMESTAMP_HEADER: str(at), SIGNATURE_HEADER: signature(SECRET.encode(), str(at), BODY)} | headers
    Signatures({"crm": SECRET}, clock=lambda: NOW).check(system, signed, body)


def test_the_scheme_is_what_the_documentation_says():
    expected = hmac.new(b"secret", b"1700000000.{}", "sha256").hexdigest()
    assert signature(b"secret", "1700000000", b"{}") == f"v1={expected}"


@pytest.mark.parametrize("seconds", [0, WINDOW_SECONDS, -WINDOW_SECONDS])
def test_what_is_signed_now_is_good(seconds):
    check(at=NOW + seconds)


def test_one_good_signature_of_several_will_do():
    good = signature(SECRET.encode(), str(NOW), BODY)
    check(**{SIGNATURE_HEADER: f"v1=00, {good}"})


@pytest.mark.parametrize("seconds", [WINDOW_SECONDS + 1, -WINDOW_SECONDS - 1])
def test_a_copy_of_another_time_is_refused(seconds):
    with pytest.raises(SignatureTooOld):
        check(at=NOW + seconds)


@pytest.mark.parametrize(
    "wrong",
    [
        {"body": BODY + b" "},
        {SIGNATURE_HEADER: signature(b"another secret", str(NOW), BODY)},
        {SIGNATURE_HEADER: signature(SECRET.encode(), str(NOW), BODY).upper()},
        {SIGNATURE_HEADER: signature(SECRET.encode(), str(NOW), BODY).removeprefix("v1=")},
        {SIGNATURE_HEADER: ""},
        {SIGNATURE_HEADER: "v1=é"},
        {SIGNATURE_HEADER: ",".join(["v1=00"] * 4 + [signature(SECRET.encode(), str(NOW), BODY)])},
        {TIMESTAMP_HEADER: ""},
        {TIMESTAMP_HEADER: str(NOW + 1)},
        {TIMESTAMP_HEADER: f"{NOW}.0"},
        {TIMESTAMP_HEADER: "١٧٠٠٠٠٠٠٠٠"},
        {TIMESTAMP_HEADER: "9" * 13},
    ],
)
def test_whatever_is_not_signed_with_our_secret_is_refused(wrong):
    with pytest.raises(BadSignature) as refused:
        check(**wrong)
    assert refused.value.type == "bad-signature"
    assert "WWW-Authenticate" in refused.value.headers


def test_a_stranger_is_unknown():
    with pytest.raises(UnknownSystem):
        check(system="erp")
