/** Longest id of a chat or a message that is taken. One of a chat is a UUID, or `local:` and the id of a socket. */
export const MAX_ID_LENGTH = 256;

/** Whether a chat is one that Open WebUI does not keep: its id is that of a connection, which several chats share. */
export function isTemporaryChat(chatId: string): boolean {
  return chatId.startsWith('local:');
}
