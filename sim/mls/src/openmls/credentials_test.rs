//! Credentials with real signatures: what is issued holds, is as long as it should be, and nothing else holds.

use super::credentials::{RealCheck, authority};
use super::crypto::Crypto;
use crate::ciphersuite::{Signature, Suite};
use crate::credentials::{
    Authority, CredentialError, CredentialLengths, JWT, client_uri, credential_type,
};
use openmls_traits::crypto::OpenMlsCrypto;
use openmls_traits::types::SignatureScheme;
use proptest::prelude::*;
use throng_workloads::scenario::{Ciphersuite, CredentialForm, Credentials};

const SUITES: [Ciphersuite; 2] = [
    Ciphersuite::X25519Aes128Sha256Ed25519,
    Ciphersuite::P256Aes128Sha256P256,
];

/// An authority, and what its clients and those who check them have.
struct Bench {
    authority: Authority,
    signature: Signature,
    scheme: SignatureScheme,
    crypto: Crypto,
}

impl Bench {
    fn new(credentials: Credentials, suite: Ciphersuite, seed: u8) -> Self {
        let signature = Suite::of(suite).signature;
        Self {
            authority: authority(credentials, suite, [seed; 32]).unwrap(),
            signature,
            scheme: match signature {
                Signature::Ed25519 => SignatureScheme::ED25519,
                _ => SignatureScheme::ECDSA_SECP256R1_SHA256,
            },
            crypto: Crypto::new([0; 32]),
        }
    }

    /// The public key of a client.
    fn key(&self, seed: u8) -> Vec<u8> {
        let pair = Crypto::new([seed; 32]).signature_key_gen(self.scheme);
        pair.unwrap().1
    }

    fn validate(&self, read: (u16, &[u8]), key: &[u8]) -> Result<(), CredentialError> {
        let check = RealCheck::new(&self.crypto, self.scheme);
        self.authority.validate(read, key, &check)
    }
}

fn forms() -> impl Strategy<Value = Credentials> {
    let form = prop_oneof![Just(CredentialForm::X509), Just(CredentialForm::Jwt)];
    (form, 1u32..=6, prop_oneof![1u32..3_000, Just(16_000)]).prop_map(
        |(form, certificates, bytes)| Credentials {
            form,
            certificates,
            bytes,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// What is issued is as long as the lengths say, is found valid with as many checks of as many bytes, and names its client.
    #[test]
    fn what_is_issued_holds_and_has_the_length_that_is_worked_out(
        credentials in forms(),
        suite in prop::sample::select(&SUITES[..]),
        seed in any::<u8>(),
        name in "[a-z0-9:/.]{1,200}",
    ) {
        let bench = Bench::new(credentials, suite, seed);
        let key = bench.key(seed ^ 1);
        let content = bench.authority.issue(name.as_bytes(), &key).unwrap();
        let lengths = CredentialLengths::new(credentials, bench.signature);
        prop_assert_eq!(content.len() as u64, lengths.content(name.len() as u64));
        let kind = credential_type(credentials.form);
        bench.validate((kind, &content), &key).unwrap();
        let checked = lengths.checked(name.len() as u64);
        let counted = bench.crypto.take_counts();
        prop_assert_eq!(counted.credential_checks, checked.signatures);
        prop_assert_eq!(counted.credential_bytes, checked.bytes);
        prop_assert_eq!(&*client_uri(kind, &content).unwrap(), name.as_bytes());
    }

    /// Whatever byte is another one, or missing, nobody relies on it, and nothing panics.
    #[test]
    fn what_was_tampered_with_does_not_hold(
        credentials in forms(),
        suite in prop::sample::select(&SUITES[..]),
        at in any::<prop::sample::Index>(),
        bit in 0u8..8,
    ) {
        let bench = Bench::new(credentials, suite, 1);
        let key = bench.key(2);
        let mut content = bench.authority.issue(b"mimi://a.example/d/u1.1", &key).unwrap();
        let kind = credential_type(credentials.form);
        let at = at.index(content.len());
        let cut = &content[..at];
        prop_assert!(bench.validate((kind, cut), &key).is_err());
        content[at] ^= 1 << bit;
        prop_assert!(bench.validate((kind, &content), &key).is_err());
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), kind in 0u16..4) {
        for kind in [kind, JWT] {
            let _ = client_uri(kind, &bytes);
        }
    }
}

#[test]
fn a_credential_is_one_key_s_and_one_authority_s() {
    for form in [CredentialForm::X509, CredentialForm::Jwt] {
        for suite in SUITES {
            let credentials = Credentials {
                form,
                ..Credentials::BASIC
            };
            let bench = Bench::new(credentials, suite, 1);
            let other = Bench::new(credentials, suite, 2);
            let (key, another) = (bench.key(3), bench.key(4));
            let content = bench.authority.issue(b"alice", &key).unwrap();
            let kind = credential_type(form);
            let valid = |bench: &Bench, key: &[u8], kind| bench.validate((kind, &content), key);
            assert_eq!(valid(&bench, &key, kind), Ok(()));
            assert_eq!(valid(&bench, &another, kind), Err(CredentialError::Key));
            assert!(valid(&other, &key, kind).is_err());
            assert_eq!(
                valid(&bench, &key, 1),
                Err(CredentialError::OtherType {
                    found: 1,
                    wanted: kind
                })
            );
            for name in [&b""[..], b"a b", b"a\"b", b"\xff"] {
                let issued = bench.authority.issue(name, &key);
                assert_eq!(issued, Err(CredentialError::Uri));
            }
        }
    }
}
