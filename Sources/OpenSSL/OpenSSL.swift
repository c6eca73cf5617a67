// All cryptography of the house: HMAC-SHA256, SHA-256, AES-256-GCM, HKDF, scrypt, random bytes,
// constant-time comparison. Every algorithm is libcrypto's (3.0 or later), none is written here.
//
// May import COpenSSL, as the only target, and Synchronization.
// Must never be here: Foundation, files, key storage, or any word of donations. Which key seals
// what, and every stored format, is Store's affair.
