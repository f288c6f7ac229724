"""A real AT Protocol server for tests: `python pds.py PORT` serves alice.localhost / pw123."""
import os
import secrets
import sys

port = int(sys.argv[1])
os.environ.update(
    # Port 9 discards: nothing outside is told or asked.
    APPVIEW_HOST="127.0.0.1:9", RELAY_HOST="127.0.0.1:9", PLC_HOST="127.0.0.1:9",
    PDS_HOST=f"127.0.0.1:{port}", REPO_TOKEN="token-" + secrets.token_hex(16),
    REPO_PASSWORD="pw123", ROLLBACK_WINDOW="1000")

from arroba import server, xrpc_repo, xrpc_server  # noqa: E402,F401 (they register their methods)
from arroba.repo import Repo  # noqa: E402
from arroba.storage import MemoryStorage  # noqa: E402
from arroba.util import new_key  # noqa: E402
from flask import Flask, request  # noqa: E402
from lexrpc.flask_server import init_flask  # noqa: E402
from multiformats import CID, multihash  # noqa: E402

server.storage = MemoryStorage()
server.repo = Repo.create(
    server.storage, "did:web:alice.localhost", handle="alice.localhost", signing_key=new_key(),
    rotation_key=new_key())
app = Flask("pds")
init_flask(server.server, app)
ended = []


@app.before_request
def delete_session():
    """arroba has one session, which never ends; that somebody ended it is kept for the tests."""
    if request.path == "/ended":
        return {"sessions": len(ended)}
    if request.path != "/xrpc/com.atproto.server.deleteSession" or request.method != "POST":
        return None
    if request.headers.get("Authorization") != "Bearer " + os.environ["REPO_TOKEN"]:
        return {"error": "InvalidToken", "message": "Token could not be verified"}, 400
    ended.append(request.remote_addr)
    return "", 200


@app.before_request
def upload_blob():
    """arroba fetches blobs by address; clients upload them."""
    if request.path != "/xrpc/com.atproto.repo.uploadBlob" or request.method != "POST":
        return None
    if request.headers.get("Authorization") != "Bearer " + os.environ["REPO_TOKEN"]:
        return {"error": "AuthenticationRequired", "message": "Sign in first"}, 401
    data = request.get_data()
    cid = str(CID("base32", 1, "raw", multihash.digest(data, "sha2-256")))
    return {"blob": {
        "$type": "blob", "ref": {"$link": cid}, "mimeType": request.content_type, "size": len(data)}}


app.run("127.0.0.1", port, threaded=True)
