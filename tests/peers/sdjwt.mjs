// The SD-JWT judge: @sd-jwt/core, by other people. Reads one request from stdin, writes one answer to stdout.
import { createHash, randomBytes, webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(process.env.PEERS);
const { SDJwtInstance } = require('@sd-jwt/core');
const { subtle } = webcrypto;
const CURVE = { name: 'ECDSA', namedCurve: 'P-256' };
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' };
const base64url = (bytes) => Buffer.from(bytes).toString('base64url');
const importKey = ({ kty, crv, x, y, d }, use) =>
  subtle.importKey('jwk', d && use === 'sign' ? { kty, crv, x, y, d } : { kty, crv, x, y }, CURVE, false, [use]);

const instance = (jwk) =>
  new SDJwtInstance({
    hashAlg: 'sha-256',
    signAlg: 'ES256',
    hasher: (data) => createHash('sha256').update(data).digest(),
    saltGenerator: () => base64url(randomBytes(16)),
    signer: async (text) => base64url(await subtle.sign(SIGNATURE, await importKey(jwk, 'sign'), Buffer.from(text))),
    verifier: async (text, signature) =>
      subtle.verify(SIGNATURE, await importKey(jwk, 'verify'), Buffer.from(signature, 'base64url'), Buffer.from(text)),
  });

const tasks = {
  issue: ({ claims, frame, header, key }) => instance(key).issue(claims, frame, { header }),
  verify: ({ part, key }) => instance(key).verify(part),
  present: ({ part, frame, key }) => instance(key).present(part, frame),
};

const request = JSON.parse(readFileSync(0, 'utf8'));
try {
  process.stdout.write(JSON.stringify({ result: await tasks[request.task](request) }));
} catch (error) {
  process.stdout.write(JSON.stringify({ refused: String(error.message ?? error) }));
}
