"""
title: MCP Proxy Bridge
author: The cdk8s-open-webui authors
description: Lists and runs the tools of the MCP Proxy Gateway that the signed-in user may use.
required_open_webui_version: 0.11.0
version: 1.0.1
licence: Apache-2.0
"""

# Optional. Open WebUI speaks MCP itself since 0.6.31: a connection of type "mcp" in TOOL_SERVER_CONNECTIONS gives the
# model every tool with its own schema, and the manifests of this repository set one up. The bridge is for installations
# without native MCP. A chat carries its three short definitions; once the model asks for the list, it reads all of it.
# A client of MCP that should read a few definitions of many uses the gateway's /mcp?toolset=dynamic.
#
# It says who calls in the way of Open WebUI itself: `include_user_info_headers` signs X-OpenWebUI-User-Jwt with
# FORWARD_USER_INFO_HEADER_JWT_SECRET, which the gateway shares. Without that secret Open WebUI would send plain headers,
# which anybody can write: then the bridge sends nothing.

import json
import os
import re
from types import SimpleNamespace
from typing import Optional
from urllib.parse import quote, unquote

import httpx
from open_webui.env import FORWARD_USER_INFO_HEADER_JWT
from open_webui.utils.headers import get_custom_headers, include_user_info_headers
from pydantic import BaseModel, Field

# The gateway joins tenant and tool with "_", so that no tool is called like one of its routes, such as "refresh" or
# "meta/call_tool".
TOOL_NAME = re.compile(r"(?=.{3,64}\Z)[a-z][a-z0-9-]*_[A-Za-z0-9_./-]+")


class BridgeError(Exception):
    """Why there is no answer, in a sentence for the model and its user."""


class Tools:
    class Valves(BaseModel):
        gateway_url: str = Field(
            default="http://mcp-proxy:8000", description="Address of the MCP Proxy Gateway, without a path"
        )
        api_key: str = Field(
            default_factory=lambda: os.environ.get("MCP_PROXY_API_KEY", ""),
            description="The gateway's key; when empty, the variable MCP_PROXY_API_KEY of Open WebUI",
            json_schema_extra={"input": {"type": "password"}},
        )
        timeout_seconds: float = Field(default=120, gt=0, description="How long one tool may take")

    def __init__(self):
        self.valves = self.Valves()

    async def mcp_list_tools(
        self, __user__: Optional[dict] = None, __metadata__: Optional[dict] = None, __request__=None
    ) -> str:
        """
        Lists the company's tools that the user may run with mcp_execute: each with its name, what it does and the JSON schema of its arguments.
        """
        return await self._say("GET", "/tools", None, __user__, __metadata__, __request__)

    async def mcp_execute(
        self,
        tool_name: str,
        arguments: dict,
        __user__: Optional[dict] = None,
        __metadata__: Optional[dict] = None,
        __request__=None,
    ) -> str:
        """
        Runs one of the tools that mcp_list_tools lists.
        :param tool_name: The tool's whole name as listed, such as github_create_issue
        :param arguments: The arguments as the tool's schema wants them; an empty object where it has none
        """
        if isinstance(arguments, str):
            # Many models write the object as a text.
            try:
                arguments = json.loads(arguments or "{}")
            except ValueError:
                return "Invalid Arguments: they are no JSON object."
        if not isinstance(arguments, dict):
            return "Invalid Arguments: they are no JSON object."
        if not isinstance(tool_name, str) or not TOOL_NAME.fullmatch(tool_name):
            return f"Tool Not Found: {tool_name}. Names are listed by mcp_list_tools."
        return await self._say("POST", f"/{quote(tool_name, safe='')}", arguments, __user__, __metadata__, __request__)

    async def mcp_tenants(
        self, __user__: Optional[dict] = None, __metadata__: Optional[dict] = None, __request__=None
    ) -> str:
        """
        Lists the systems, such as github or jira, whose tools the user may run.
        """
        return await self._say("GET", "/tenants", None, __user__, __metadata__, __request__)

    async def _say(self, method, path, body, user, metadata, request) -> str:
        try:
            headers = await self._headers(user, metadata, request)
            return await self._ask(method, path, body, headers)
        except BridgeError as error:
            return str(error)

    async def _headers(self, user, metadata, request) -> dict:
        if not self.valves.api_key:
            raise BridgeError("The bridge has no key for the gateway: an administrator must set its valve api_key.")
        if not user or not user.get("email"):
            raise BridgeError("Access Denied: nobody is signed in.")
        who = SimpleNamespace(**{name: user.get(name) or "" for name in ("id", "name", "email", "role")})
        headers = include_user_info_headers({}, who, request=request)
        if FORWARD_USER_INFO_HEADER_JWT not in headers:
            raise BridgeError(
                "Open WebUI signs no user token: an administrator must set FORWARD_USER_INFO_HEADER_JWT_SECRET, "
                "the same for Open WebUI and the gateway."
            )
        groups = await get_custom_headers(
            {"X-OpenWebUI-User-Groups": "{{USER_GROUPS}}"}, who, metadata or {}, request=request
        )
        return {**headers, **groups, "Authorization": f"Bearer {self.valves.api_key.strip()}"}

    async def _ask(self, method, path, body, headers) -> str:
        # A redirect would carry the key and the token elsewhere; a proxy of the environment too.
        async with httpx.AsyncClient(
            timeout=httpx.Timeout(self.valves.timeout_seconds, connect=5), follow_redirects=False, trust_env=False
        ) as client:
            try:
                response = await client.request(
                    method, self.valves.gateway_url.rstrip("/") + path, json=body, headers=headers
                )
            except httpx.TimeoutException:
                raise BridgeError(f"The gateway gave no answer within {self.valves.timeout_seconds:g} seconds.") from None
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise BridgeError(f"The gateway cannot be reached ({type(error).__name__}).") from None
        if response.is_success:
            return response.text
        raise BridgeError(self._explain(response, path))

    @staticmethod
    def _explain(response, path) -> str:
        try:
            answer = response.json()
        except ValueError:
            answer = None
        detail = answer.get("detail") or answer.get("error") or "" if isinstance(answer, dict) else ""
        if isinstance(detail, dict):
            detail = detail.get("message") or ""
        detail = str(detail)[:500]
        if response.status_code == 403:
            reason = detail.removeprefix("Access Denied").lstrip(":. ")
            return f"Access Denied: {reason or 'you may not use this tool.'}"
        if response.status_code == 404:
            return f"Tool Not Found: {unquote(path.lstrip('/'))}. Names are listed by mcp_list_tools."
        if response.status_code == 401:
            return "The gateway refuses the key or the user token of Open WebUI: an administrator must look at both secrets."
        if response.status_code == 429:
            return f"Too many calls: try again in {response.headers.get('retry-after', '60')} seconds."
        return f"The tool failed ({response.status_code}). {detail}".rstrip()
