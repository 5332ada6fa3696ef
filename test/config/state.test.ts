import { describe, expect, it } from 'vitest';
import { buildState } from '../../src/config/build.ts';
import { readSource } from '../../src/config/read-source.ts';
import { readStateAddress, stateSubject } from '../../src/config/state-address.ts';
import { isExposed, stateUrl, subjectOf } from '../../src/config/state.ts';
import type { StateConfig } from '../../src/config/types.ts';
import { lines } from './faults.ts';

type Remote = Exclude<StateConfig, { is: 'sqlite' }>;

function remote(url: string, username: string | null = null): Remote {
  return { is: url.startsWith('redis') ? 'redis' : 'postgres', url, username, password: null };
}

function state(text: string): unknown {
  const built = buildState(readSource('c.json', text));
  return built.ok ? built.state : lines(built.faults);
}

describe('what the password of a store is sealed for', () => {
  it.each([
    ['redis://host', 'state:redis://host:6379/0'],
    ['redis://HOST:6379/0?namespace=acme', 'state:redis://host:6379/0'],
    ['rediss://host/3', 'state:rediss://host:6379/3'],
    ['redis://[::1]', 'state:redis://[::1]:6379/0'],
    ['postgresql://host/db?schema=acme', 'state:postgres://host:5432/db'],
    ['postgres://host:5433/db', 'state:postgres://host:5433/db'],
    ['postgres://host/db?sslmode=verify-full', 'state:postgres://host:5432/db'],
    ['postgres://host/db?sslmode=require', 'state:postgres://host:5432/db?sslmode=require'],
    ['postgres://localhost/db?sslmode=disable', 'state:postgres://localhost:5432/db'],
    ['postgres://host/db?sslrootcert=/etc/ca.pem&schema=x', 'state:postgres://host:5432/db?sslrootcert=/etc/ca.pem'],
  ])('is one text for %s, however it is written', (url, subject) => {
    expect(subjectOf(remote(url))).toBe(subject);
    expect(stateUrl(remote(url))).toBe(subject.replace('state:', ''));
  });

  it('names the user, from the configuration as from the URL that a person types', () => {
    const subject = 'state:redis://ac%40me@host:6379/0';
    expect(subjectOf(remote('redis://host', 'ac@me'))).toBe(subject);
    const typed = readStateAddress('redis://ac%40me@host');
    expect(typed.ok && stateSubject(typed.address)).toBe(subject);
  });

  it('differs with the scheme, the host, the port, the database, the user and the encryption', () => {
    const subjects = [
      ...['redis://a', 'rediss://a', 'redis://b', 'redis://a:1', 'redis://a/1', 'postgres://a/0'].map((url) =>
        subjectOf(remote(url)),
      ),
      ...['disable', 'require', 'verify-ca'].map((mode) => subjectOf(remote(`postgres://a/0?sslmode=${mode}`))),
      subjectOf(remote('redis://a', 'u')),
    ];
    expect(new Set(subjects).size).toBe(subjects.length);
  });
});

describe('what others on the way can read', () => {
  it.each([
    ['redis://db.example', true],
    ['rediss://db.example', false],
    ['redis://127.0.0.1', false],
    ['redis://localhost:6380', false],
    ['redis://[::1]', false],
    ['redis://127.0.0.1.evil.example', true],
    ['postgres://db.example/x', false],
    ['postgres://db.example/x?sslmode=disable', true],
    ['postgres://db.example/x?sslmode=require', false],
    ['postgres://localhost/x', false],
  ])('%s: %s', (url, exposed) => {
    expect(isExposed(remote(url))).toBe(exposed);
  });
});

describe('when only the state is read', () => {
  it('finds it though the rest of the document is wrong', () => {
    expect(state('{"version":7,"grants":5,"stat":1,"state":"redis://host"}')).toMatchObject({ is: 'redis' });
    expect(state('{"version":7,"version":8}')).toEqual({ is: 'sqlite' });
  });

  it('refuses what cannot be told', () => {
    expect(state('{"state":"sqlite"')).toEqual(['1:18 syntax  not JSON: unexpected end of input']);
    expect(state('{"state":"sqlite","state":"redis://host"}')).toEqual([
      '1:19 duplicate_key /state duplicate key `state`; first on line 1',
    ]);
    expect(state('[]')).toEqual(['1:1 wrong_type  expected an object, found a list']);
    expect(state('{"state":"redis://h/x"}')).toHaveLength(1);
    expect(state('{"state":null}')).toHaveLength(1);
  });
});
