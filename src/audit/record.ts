/** Events into sealed lines: the only place where lines of the log are made. */
import { NO_ROOM, type Room, ROOMS } from './call-parts.ts';
import { seal, sealIfFits, type Sealed } from './chain.ts';
import type { AdminEvent, CallEvent } from './events.ts';
import { assemble, type Shape, type Stamp } from './ocsf.ts';
import { adminShape, frameShape, type FrameEvent } from './record-admin.ts';
import { callShape, type CarriedIntent } from './record-calls.ts';

/** Shippers that know a file by its beginning do not read a shorter one. */
const FIRST_RECORD_BYTES = 1_024;

/** What the lists of a record may take where nothing is cut. */
export const FULL_ROOM: Room = ROOMS[0];

/** The line of an event of the calls stream. Where names are so long that it would not fit, its lists are cut shorter. */
export function callLine(event: CallEvent | CarriedIntent, stamp: Stamp): Sealed {
  for (const room of ROOMS) {
    const sealed = sealIfFits(assemble(callShape(event, room), stamp));
    if (sealed !== undefined) return sealed;
  }
  return seal(assemble(callShape(event, NO_ROOM), stamp));
}

/** The line of an event of the admin stream. */
export function adminLine(event: AdminEvent, stamp: Stamp): Sealed {
  return seal(assemble(adminShape(event), stamp));
}

/** A line of the writer's own. A first one of a file is filled up, so that shippers tell files apart at once. */
export function frameLine(event: FrameEvent, stamp: Stamp): Sealed {
  const shape = frameShape(event);
  const sealed = seal(assemble(shape, stamp));
  if (!isFirst(event) || Buffer.byteLength(sealed.line) >= FIRST_RECORD_BYTES) return sealed;
  return seal(assemble(padded(shape, FIRST_RECORD_BYTES - Buffer.byteLength(sealed.line)), stamp));
}

function isFirst({ kind }: FrameEvent): boolean {
  return kind === 'segment_open' || kind === 'stream_opened';
}

function padded(shape: Shape, bytes: number): Shape {
  return { ...shape, own: { ...shape.own, padding: '.'.repeat(bytes) } };
}
