import { DYNAMIC_TOOLS } from '../mcp/dynamic-toolset';
import type { JsonObject } from '../upstream/upstream';

const FOUND: JsonObject = {
  type: 'object',
  properties: { tools: { type: 'array', items: { type: 'object' } } },
  required: ['tools'],
};
const RESULT: JsonObject = {
  type: 'object',
  description: 'The result as the tool gave it.',
  properties: {
    content: { type: 'array', items: { type: 'object' } },
    structuredContent: { type: 'object' },
    isError: { type: 'boolean' },
  },
  required: ['content'],
};

/**
 * The description for clients of OpenAPI. Open WebUI fetches it once for everybody, without a user: it can name no
 * tool of a tenant, only the three by which each user finds their own.
 */
export function openApiDocument(publicUrl: string, version: string): string {
  const paths = Object.fromEntries(
    DYNAMIC_TOOLS.map(({ name, description, inputSchema }) => [
      `/meta/${name}`,
      {
        post: {
          operationId: name,
          summary: description,
          requestBody: { required: true, content: { 'application/json': { schema: inputSchema } } },
          responses: {
            200: {
              description: 'What was asked for.',
              content: { 'application/json': { schema: name === 'call_tool' ? RESULT : FOUND } },
            },
            401: { description: 'The caller is not known.' },
            403: { description: 'Access Denied.' },
            404: { description: 'Tool Not Found.' },
          },
        },
      },
    ]),
  );
  return JSON.stringify({
    openapi: '3.1.0',
    info: { title: 'MCP Proxy Gateway', version, description: 'The tools of all tenants that the caller may use.' },
    servers: [{ url: publicUrl }],
    components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
    security: [{ key: [] }],
    paths,
  });
}
