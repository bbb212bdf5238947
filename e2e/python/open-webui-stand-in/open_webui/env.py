"""Names of Open WebUI 0.12.4 that the bridge imports."""

import os

FORWARD_USER_INFO_HEADER_JWT = "X-OpenWebUI-User-Jwt"
FORWARD_USER_INFO_HEADER_JWT_SECRET = os.environ.get("FORWARD_USER_INFO_HEADER_JWT_SECRET")
