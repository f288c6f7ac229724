"""An authenticator app: reads the QR code off the screen and makes the codes of RFC 6238."""
import base64
import hashlib
import hmac
import io
import struct
import time
import urllib.parse

import PIL.Image
import zxingcpp


def read_code(locator):
    """What the code that an element of the page shows says, read as a camera would."""
    picture = PIL.Image.open(io.BytesIO(locator.screenshot())).convert("L")
    found = zxingcpp.read_barcodes(picture)
    assert len(found) == 1, "the QR code is not readable"
    return found[0].text


class Authenticator:
    def __init__(self, address):
        parts = urllib.parse.urlsplit(address)
        assert (parts.scheme, parts.netloc) == ("otpauth", "totp"), address
        self.account = urllib.parse.unquote(parts.path.lstrip("/"))
        query = dict(urllib.parse.parse_qsl(parts.query))
        assert (query["algorithm"], query["digits"], query["period"]) == ("SHA1", "6", "30")
        self.secret = query["secret"]
        self.key = base64.b32decode(self.secret)
        self.last = 0

    @classmethod
    def scan(cls, locator):
        """An app that has scanned the code that an element of the page shows."""
        return cls(read_code(locator))

    def code(self):
        """A code that was not used before: the next one where this half minute's is spent.

        Nothing sleeps: servers take the code of the half minute to come as well.
        """
        step = max(int(time.time()) // 30, self.last + 1)
        if step > int(time.time()) // 30 + 1:
            while int(time.time()) // 30 + 1 < step:
                time.sleep(0.2)
        self.last = step
        mac = hmac.digest(self.key, struct.pack(">Q", step), hashlib.sha1)
        at = mac[-1] & 15
        return f"{(struct.unpack('>I', mac[at:at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"
