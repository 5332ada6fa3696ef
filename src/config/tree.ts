/**
 * A document with the place of everything in it. Both syntaxes, JSON with comments and YAML, are read into this one
 * form, so that every rule about documents is written once. Whoever may edit the file controls all of it.
 */
import { parseDecimal, sameDecimal } from '../core/decimal.ts';

/** 1-based, as editors count; a column is a UTF-16 code unit. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface Member {
  readonly key: Place;
  readonly value: Tree;
}

export type Tree =
  | { readonly is: 'scalar'; readonly at: Place; readonly value: null | boolean | string | number }
  | { readonly is: 'list'; readonly at: Place; readonly items: readonly Tree[] }
  | { readonly is: 'map'; readonly at: Place; readonly members: ReadonlyMap<string, Member> };

/** The way to a value: keys and indices. */
export type DocumentPath = readonly (string | number)[];

/** What is wrong with a document as a text, whatever it is about. */
export interface TextFault {
  readonly code: string;
  readonly at: Place;
  readonly path: DocumentPath;
  readonly message: string;
}

/** One key of a mapping as the syntax gave it. */
export interface RawMember<Node> {
  readonly name: string;
  readonly at: Place;
  readonly node: Node;
}

/** Deeper documents are refused; a policy needs about ten levels. */
export const MAX_DEPTH = 64;

const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Builds trees and keeps the faults that it meets on the way. */
export class TreeBuilder<Node> {
  readonly faults: TextFault[] = [];
  readonly #build: (node: Node, path: DocumentPath) => Tree;

  /** `build` turns one node of the syntax into a tree by calling the methods below. */
  constructor(build: (node: Node, path: DocumentPath, builder: TreeBuilder<Node>) => Tree) {
    this.#build = (node, path) => build(node, path, this);
  }

  /** The tree of a node, or null in its place if it lies too deep. */
  tree(node: Node, at: Place, path: DocumentPath): Tree {
    if (path.length <= MAX_DEPTH) return this.#build(node, path);
    this.fault('too_deep', at, path, `more than ${MAX_DEPTH} levels; a document this deep is not read`);
    return { is: 'scalar', at, value: null };
  }

  fault(code: string, at: Place, path: DocumentPath, message: string): void {
    this.faults.push({ code, at, path, message });
  }

  list(at: Place, items: readonly (readonly [Node, Place])[], path: DocumentPath): Tree {
    return { is: 'list', at, items: items.map(([node, place], index) => this.tree(node, place, [...path, index])) };
  }

  /** The first of two equal keys stays; the second is a fault, because readers disagree which of them counts. */
  map(at: Place, raw: readonly RawMember<Node>[], path: DocumentPath): Tree {
    const members = new Map<string, Member>();
    for (const { name, at: key, node } of raw) {
      const here = [...path, name];
      this.#checkText(name, key, here);
      const first = members.get(name);
      if (FORBIDDEN_KEYS.has(name)) this.fault('forbidden_key', key, here, `the key \`${name}\` is never allowed`);
      else if (first)
        this.fault('duplicate_key', key, here, `duplicate key ${show(name)}; first on line ${first.key.line}`);
      else members.set(name, { key, value: this.tree(node, key, here) });
    }
    return { is: 'map', at, members };
  }

  text(at: Place, value: string, path: DocumentPath): Tree {
    this.#checkText(value, at, path);
    return { is: 'scalar', at, value };
  }

  /** `literal` as written: what a double cannot hold exactly would be compared as another number. */
  number(at: Place, literal: string, path: DocumentPath): Tree {
    const value = Number(literal) + 0;
    const reason = numberFault(literal, value);
    if (reason !== null) this.fault('inexact_number', at, path, reason);
    return { is: 'scalar', at, value: reason === null ? value : 0 };
  }

  #checkText(text: string, at: Place, path: DocumentPath): void {
    if (/\p{Surrogate}/u.test(text)) this.fault('bad_text', at, path, 'half of a surrogate pair is not text');
    if (text.includes('\u0000')) this.fault('bad_text', at, path, 'the character U+0000 is not allowed');
  }
}

const JSON_NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

function numberFault(literal: string, value: number): string | null {
  if (!JSON_NUMBER.test(literal)) return 'a number is written in plain decimals, like `12` or `0.5`';
  const written = parseDecimal(literal);
  const kept = Number.isFinite(value) ? parseDecimal(JSON.stringify(value)) : undefined;
  const exact = written !== undefined && kept !== undefined && sameDecimal(written, kept);
  const safe = !Number.isInteger(value) || Number.isSafeInteger(value);
  return exact && safe ? null : 'the number cannot be kept exactly; write it as a string';
}

/** A word of the user's in backticks, cut and made printable. */
export function show(text: string): string {
  const printable = text.replace(/[\p{C}\p{Zl}\p{Zp}`]/gu, '?');
  return printable.length > 60 ? `\`${printable.slice(0, 60)}…\`` : `\`${printable}\``;
}

/** The value of a tree as plain data. No forbidden key gets this far, so assignment is safe. */
export function plain(tree: Tree): unknown {
  switch (tree.is) {
    case 'scalar':
      return tree.value;
    case 'list':
      return tree.items.map(plain);
    case 'map':
      return Object.fromEntries([...tree.members].map(([key, member]) => [key, plain(member.value)]));
  }
}

/** Where a path leads, or the nearest thing above it. With `key`, the place of the last key rather than its value. */
export function locate(tree: Tree, path: DocumentPath, which: 'key' | 'value'): Place {
  let here = tree;
  let place = tree.at;
  for (const step of path) {
    const next = child(here, step);
    if (next === undefined) return place;
    here = next.value;
    place = which === 'key' ? next.key : here.at;
  }
  return place;
}

function child(tree: Tree, step: string | number): Member | undefined {
  if (tree.is === 'map') return tree.members.get(String(step));
  const item = tree.is === 'list' ? tree.items[Number(step)] : undefined;
  return item && { key: item.at, value: item };
}
