/** Metrics and traces of a gateway, where its configuration asks for them. */
import type { CallEvent } from '../../audit/events.ts';
import type { TelemetryConfig } from '../../config/types.ts';
import type { SessionParts } from '../../gateway/index.ts';
import { Observer } from './observer.ts';
import { Publisher } from './publish.ts';

type Log = SessionParts['log'];

export interface Telemetry {
  /** The log, with everything that goes into it seen. */
  readonly log: Log;
  end(): Promise<void>;
}

/** Wall-clock time with fractions of a millisecond. */
function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

/** Watches from now on. */
export function watch(log: Log, config: TelemetryConfig): Telemetry {
  const observer = new Observer(nowMs);
  const publisher = new Publisher(config, observer, nowMs);
  const seen = (event: CallEvent): void => {
    observer.logWorks(true);
    observer.saw(event);
  };
  const failed = (error: unknown): never => {
    observer.logWorks(false);
    throw error;
  };
  return {
    log: {
      ready: () => log.ready().catch(failed),
      write: (event) => {
        try {
          log.write(event);
        } catch (error) {
          failed(error);
        }
        seen(event);
      },
      writeSoon: (event) => log.writeSoon(event).then(() => seen(event), failed),
      writeDurable: (event) => log.writeDurable(event).then(() => seen(event), failed),
      close: () => log.close(),
    },
    end: () => publisher.end(),
  };
}
