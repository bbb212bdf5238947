import type { BetaContentBlockParam } from '@anthropic-ai/sdk/resources/beta/messages';
import { badRequest } from '../http/api-error';

/** What the Messages API takes as a picture (Claude docs, "Vision"). */
const DATA_URL = /^data:(image\/(?:png|jpeg|gif|webp));base64,([A-Za-z0-9+/]+={0,2})$/;
type MediaType = 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp';

/** The content of an OpenAI message as blocks of the Messages API. Error: `ApiError` 400. */
export function contentBlocks(content: unknown, param: string): BetaContentBlockParam[] {
  if (typeof content === 'string') return content.trim() === '' ? [] : [{ type: 'text', text: content }];
  return parts(content, param).flatMap((part): BetaContentBlockParam[] => {
    if (part.type === 'text' && typeof part.text === 'string') {
      return part.text.trim() === '' ? [] : [{ type: 'text', text: part.text }];
    }
    if (part.type === 'image_url') return [imageBlock(part.image_url, param)];
    throw badRequest(`${param} holds a part of the type ${JSON.stringify(part.type)}: send text and image_url.`, param);
  });
}

/** The text of a message's content. Error: `ApiError` 400. */
export function contentText(content: unknown, param: string): string {
  if (typeof content === 'string') return content;
  return parts(content, param)
    .flatMap(({ type, text }) => (type === 'text' && typeof text === 'string' ? [text] : []))
    .join('\n');
}

function parts(content: unknown, param: string): { readonly [key: string]: unknown }[] {
  if (!Array.isArray(content) || content.some((part) => typeof part !== 'object' || part === null)) {
    throw badRequest(`${param} must be a text or a list of parts.`, param);
  }
  return content;
}

function imageBlock(image: unknown, param: string): BetaContentBlockParam {
  const url = typeof image === 'object' && image !== null && 'url' in image ? image.url : image;
  if (typeof url !== 'string') throw badRequest(`${param} holds an image_url without url.`, param);
  // The model's API fetches it, not this service.
  if (url.startsWith('https://')) return { type: 'image', source: { type: 'url', url } };
  const match = DATA_URL.exec(url);
  if (!match) throw badRequest(`${param} holds a picture that is no PNG, JPEG, GIF or WebP in base64.`, param);
  return { type: 'image', source: { type: 'base64', media_type: match[1] as MediaType, data: match[2] } };
}
