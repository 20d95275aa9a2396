"""Over TLS, as in real life: the server must prove who it is before it sees the key."""

import datetime
import ipaddress
import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from data_consistency.calendar.calcom import CalcomClient, Connection, Limits
from data_consistency.calendar.calcom.errors import Unavailable
from data_consistency.calendar.calcom.pace_store import MemoryPace

_ME = json.dumps({"status": "success", "data": {"id": 7}}).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Server:
    connection: Connection
    certificate: Path
    keys_seen: list[str | None]


def _certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "server.pem"
    path.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def server(tmp_path: Path) -> Iterator[_Server]:
    """A server with a certificate that nobody vouches for."""
    keys: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            keys.append(self.headers.get("Authorization"))
            self.send_response(200)
            self.send_header("Content-Length", str(len(_ME)))
            self.end_headers()
            self.wfile.write(_ME)

        def log_message(self, *args: object) -> None:
            """Nobody needs to read this."""

    certificate = _certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        listening.socket = context.wrap_socket(listening.socket, server_side=True)
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        try:
            yield _Server(
                connection=Connection(
                    key="cal_live_fake",
                    base_url=f"https://127.0.0.1:{listening.server_address[1]}",
                    limits=Limits(retries=0),
                ),
                certificate=certificate,
                keys_seen=keys,
            )
        finally:
            listening.shutdown()
            thread.join()


def test_a_server_that_is_vouched_for_gets_the_key(server: _Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the certificates that the system is told to trust."""
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))

    with CalcomClient(server.connection, pace=MemoryPace()) as client:
        assert client.me().id == 7

    assert ["Bearer cal_live_fake"] == server.keys_seen


def test_an_impostor_gets_nothing(server: _Server) -> None:
    """The request is not sent."""
    with CalcomClient(server.connection, pace=MemoryPace()) as client, pytest.raises(Unavailable) as raised:
        client.me()

    assert not raised.value.was_sent
    assert [] == server.keys_seen
