// A POST whose answer is read message by message, while it is still being written.

/** Sends it; `next` waits for the first message that fits, `leave` breaks off. */
export function openCall(url, headers, body) {
  const leave = new AbortController();
  const messages = messagesOf(fetch(url, { method: 'POST', headers, body, signal: leave.signal }));
  // Asked for now: the request is on its way although nobody waits for a message yet.
  let first = messages.next();
  first.catch(() => {});
  async function next(fits) {
    for (;;) {
      const { value, done } = await first;
      first = messages.next();
      first.catch(() => {});
      if (done) throw new Error('the answer ended without the message that was waited for');
      if (fits(value)) return value;
    }
  }
  return { next, leave: () => leave.abort() };
}

async function* messagesOf(answer) {
  const response = await answer;
  const isStream = response.headers.get('content-type') === 'text/event-stream';
  let text = '';
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    text += piece;
    if (!isStream) continue;
    const events = text.split('\n\n');
    text = events.pop();
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event);
      if (data) yield JSON.parse(data[1]);
    }
  }
  if (!isStream && text !== '') yield JSON.parse(text);
}
