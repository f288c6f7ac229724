"""Runs oidc-provider-mock on a port of 127.0.0.1, its pages without the style sheet of a CDN."""
import os
import re
import sys

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
import oidc_provider_mock  # noqa: E402

provider = oidc_provider_mock.app(require_nonce=True)


@provider.after_request
def keep_to_ourselves(answer):
    if answer.mimetype == "text/html":
        answer.set_data(re.sub(r"<link\b[^>]*>", "", answer.get_data(as_text=True)))
    return answer


provider.run("127.0.0.1", int(sys.argv[1]), debug=False, threaded=True)
