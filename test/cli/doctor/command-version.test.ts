import { describe, expect, it } from 'vitest';
import { loosePackages } from '../../../src/cli/doctor/command-version.ts';

const loose = (line: string): readonly string[] => {
  const [command = '', ...args] = line.split(' ');
  return loosePackages(command, args);
};

describe('when a package runner starts an upstream', () => {
  it.each([
    ['npx -y @stripe/mcp --tools=all', '@stripe/mcp'],
    ['npx @stripe/mcp@latest', '@stripe/mcp@latest'],
    ['npx -y @stripe/mcp@^0.2.5', '@stripe/mcp@^0.2.5'],
    ['npx -y @stripe/mcp@0.2', '@stripe/mcp@0.2'],
    ['npx -y @stripe/mcp@0.2.x', '@stripe/mcp@0.2.x'],
    ['/usr/bin/npx --yes creem mcp start', 'creem'],
    ['npx.cmd -y creem', 'creem'],
    ['npx -y -p creem mcp start', 'creem'],
    ['npx --package=creem -- mcp', 'creem'],
    ['npx -y --registry https://npm.acme.example creem', 'creem'],
    ['npm exec creem', 'creem'],
    ['pnpm dlx creem', 'creem'],
    ['yarn dlx creem@next', 'creem@next'],
    ['bunx creem', 'creem'],
    ['npx -y github:acme/payments-mcp', 'github:acme/payments-mcp'],
    ['uvx payments-mcp', 'payments-mcp'],
    ['uvx --from payments-mcp>=1 payments', 'payments-mcp>=1'],
    ['uv tool run payments-mcp', 'payments-mcp'],
    ['pipx run payments-mcp', 'payments-mcp'],
    ['docker run --rm -i acme/payments:latest', 'acme/payments:latest'],
  ])('finds that `%s` is not one version', (line, spec) => {
    expect(loose(line)).toEqual([spec]);
  });

  it.each([
    'npx -y @stripe/mcp@0.2.5 --tools=all',
    'npx -y -p creem@1.13.0 mcp start',
    'npx --package=creem@1.13.0-rc.1 mcp',
    'npx -y mine@npm:creem@1.13.0',
    'npx ./local-server',
    'npx -y github:acme/payments-mcp#0123456789abcdef0123456789abcdef01234567',
    'uvx payments-mcp==1.2.3',
    'uvx payments-mcp@1.2',
    'uvx --from payments-mcp==1.2.3 payments',
    'node /opt/acme/server.mjs',
    'node server.mjs npx creem',
    'docker run --rm -i acme/payments:1.2.3',
    'npm start',
  ])('has nothing to say of `%s`', (line) => {
    expect(loose(line)).toEqual([]);
  });

  it('names every package that is asked for', () => {
    expect(loose('npx -p creem -p zod@4.0.0 -p axios mcp')).toEqual(['creem', 'axios']);
  });
});
