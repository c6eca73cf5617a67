// All cryptography of the project: HMAC-SHA256, SHA-256, AES-256-GCM, HKDF, scrypt, random bytes,
// constant-time comparison. Every algorithm is libcrypto's (3.0 or later); none is implemented
// here.
//
// Imports COpenSSL, as the only target, and Synchronization. Not allowed here: Foundation, files,
// key storage, or any term of donations. Store decides which key seals what, and every stored
// format.
