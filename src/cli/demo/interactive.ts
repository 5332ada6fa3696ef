/** `demo --interactive`: a refund waits, and a newcomer decides it on the real screen. */
import { execa } from 'execa';
import type { Agent } from './agent.ts';
import { passphraseOf } from './approvals.ts';
import { type DemoHome, launcher } from './home.ts';
import { chapter, good, line, remark, stopped } from './stage.ts';

const REFUND = { payment_id: 'pay_1002', amount: 15_000, currency: 'USD', reason: 'customer note: refund order #4471' };

/** Opens the screen beside an agent that waits. Throws if the screen cannot be shown. */
export async function playInteractive(home: DemoHome, agent: Agent): Promise<void> {
  chapter('An agent asks for a refund of 150.00 USD, and you are Bo of finance');
  line(`your passphrase is: ${passphraseOf('bo')}`);
  line('Enter opens the request, `a` approves, `r` rejects, Esc goes back, `q` leaves; it opens in three seconds');
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const asked = agent.call('create_refund', REFUND);
  await execa(process.execPath, [launcher(), 'tui', '--as', 'bo'], { env: home.env, stdio: 'inherit', reject: false });
  const told = await asked;
  (told.denied ? stopped : good)(told.denied ? 'the refund did not run' : 'the refund ran');
  remark(told.text);
}
