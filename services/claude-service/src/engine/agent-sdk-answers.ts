import type {
  BetaContentBlock,
  BetaMessageParam,
  BetaRawMessageStreamEvent,
  BetaToolResultBlockParam,
} from '@anthropic-ai/sdk/resources/beta/messages';
import { TOOL_PREFIX } from './agent-sdk-history';
import type { AgentSdkMessage } from './agent-sdk-package';
import { paramsOf, textsOf, toolResult } from './api-messages';
import { ToolRule, type TurnEvent } from './engine';
import { bytesOf, usageOf } from './model-call';

type StartedMessage = Extract<BetaRawMessageStreamEvent, { type: 'message_start' }>['message'];

/** Puts together what the Agent SDK tells in pieces: one message for an answer, and one for all results after it. */
export class AgentSdkAnswers {
  private started: StartedMessage | undefined;
  private blocks: BetaContentBlock[] = [];
  /** What has been said of an answer that is not complete. */
  private said = '';
  private bytes = 0;
  private open: string[] = [];
  private results: BetaToolResultBlockParam[] = [];

  constructor(
    private readonly model: string,
    /** Whether a tool use was run by the service, which then has told of it. */
    private readonly wasRun: (id: string) => boolean,
  ) {}

  /** The events that a message of the SDK means. */
  public *take({ type, event, message, parent_tool_use_id: parent }: AgentSdkMessage): Generator<TurnEvent> {
    if (parent) {
      return;
    }
    if (type === 'stream_event') {
      yield* this.streamed(event as BetaRawMessageStreamEvent);
    } else if (type === 'assistant' && this.started && message?.id === this.started.id) {
      this.blocks.push(...((message?.content ?? []) as BetaContentBlock[]));
    } else if (type === 'user' && Array.isArray(message?.content)) {
      yield* this.answered(message.content);
    }
  }

  /** What is left when a turn ends early: what was said, or a word for each tool use without a result. */
  public *finish(why: string): Generator<TurnEvent> {
    if (this.started) {
      yield { kind: 'usage', usage: usageOf(this.model, this.started.usage, this.bytes) };
      this.started = undefined;
      // Results of an answer that is not kept.
      this.results = [];
      const text = { type: 'text', text: this.said, citations: null } as BetaContentBlock;
      const content = textsOf([text]);
      if (content.length > 0) {
        yield { kind: 'message', message: { role: 'assistant', content } };
      }
    }
    if (this.open.length > 0) {
      const missing = this.open.filter((id) => !this.results.some(({ tool_use_id }) => tool_use_id === id));
      yield* this.flush(missing.map((id) => toolResult(id, why, true)));
    }
  }

  private *streamed(event: BetaRawMessageStreamEvent): Generator<TurnEvent> {
    this.bytes += bytesOf(event);
    switch (event.type) {
      case 'message_start':
        this.started = event.message;
        this.blocks = [];
        this.said = '';
        this.bytes = 0;
        break;
      case 'content_block_delta':
        if (event.delta.type === 'text_delta') {
          this.said += event.delta.text;
          yield { kind: 'text', text: event.delta.text };
        } else if (event.delta.type === 'thinking_delta') {
          yield { kind: 'thinking', text: event.delta.thinking };
        }
        break;
      case 'message_delta':
        if (this.started) {
          const known = Object.entries(event.usage).filter(([, value]) => value !== null && value !== undefined);
          this.started = { ...this.started, usage: { ...this.started.usage, ...Object.fromEntries(known) } };
        }
        break;
      case 'message_stop':
        yield* this.complete();
        break;
      default:
    }
  }

  private *complete(): Generator<TurnEvent> {
    const started = this.started;
    this.started = undefined;
    if (!started) {
      return;
    }
    yield { kind: 'usage', usage: usageOf(this.model, started.usage) };
    const content = paramsOf(this.blocks);
    this.open = this.blocks.flatMap((block) => (block.type === 'tool_use' ? [block.id] : []));
    if (content.length > 0) {
      yield { kind: 'message', message: { role: 'assistant', content } };
    }
    yield* this.flush([]);
  }

  private *answered(content: readonly unknown[]): Generator<TurnEvent> {
    const results = (content as BetaToolResultBlockParam[]).filter(({ type }) => type === 'tool_result');
    for (const { tool_use_id: id, content: said } of results) {
      if (!this.wasRun(id)) {
        yield* this.refused(id, typeof said === 'string' ? said : JSON.stringify(said));
      }
    }
    yield* this.flush(results);
  }

  /** A tool use that the SDK itself has answered: it knows no such tool, or may not use it. */
  private *refused(id: string, output: string): Generator<TurnEvent> {
    const use = this.blocks.find((block) => block.type === 'tool_use' && block.id === id);
    const { name, input } = use?.type === 'tool_use' ? use : { name: 'unknown', input: {} };
    const known = name.startsWith(TOOL_PREFIX) ? name.slice(TOOL_PREFIX.length) : name;
    yield { kind: 'tool-start', id, name: known };
    yield { kind: 'tool-end', id, name: known, input, rule: ToolRule.DENY, failed: true, output, milliseconds: 0 };
  }

  /** The API wants all results of an answer in one message. The SDK runs tools before the answer is complete. */
  private *flush(results: readonly BetaToolResultBlockParam[]): Generator<TurnEvent> {
    this.results.push(...results);
    if (this.started || this.results.length === 0 || this.results.length < this.open.length) {
      return;
    }
    const message: BetaMessageParam = { role: 'user', content: this.results };
    this.results = [];
    this.open = [];
    yield { kind: 'message', message };
  }
}
