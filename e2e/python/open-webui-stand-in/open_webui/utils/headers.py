"""What the bridge needs of Open WebUI 0.12.4: the signed user token, and the groups, which the test gives in a variable."""

import os
import time
from string import punctuation
from urllib.parse import quote

import jwt
from open_webui.env import FORWARD_USER_INFO_HEADER_JWT, FORWARD_USER_INFO_HEADER_JWT_SECRET


def include_user_info_headers(headers, user=None, *, request=None):
    if not FORWARD_USER_INFO_HEADER_JWT_SECRET:
        return {**headers, "X-OpenWebUI-User-Email": user.email}
    now = int(time.time())
    claims = {"sub": user.id, "email": user.email, "name": user.name, "role": user.role}
    token = jwt.encode(
        {**claims, "iss": "open-webui", "iat": now, "exp": now + 300}, FORWARD_USER_INFO_HEADER_JWT_SECRET, "HS256"
    )
    return {**headers, FORWARD_USER_INFO_HEADER_JWT: token}


async def get_custom_headers(custom_headers, user=None, metadata=None, request=None):
    groups = os.environ.get("GROUPS_OF_THE_USER", "")
    return {
        name: quote(value.replace("{{USER_GROUPS}}", groups), safe=punctuation + " \t")
        for name, value in custom_headers.items()
    }
