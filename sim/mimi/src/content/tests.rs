//! The drafts' examples, from their fields to their bytes. A message id is a hash over all bytes of a message, so whatever has the id
//! that the draft names is the draft's example byte for byte.

use super::compose::{Around, Earlier, MARKDOWN};
use super::message::*;
use super::*;
use ciborium::Value;
use data_encoding::HEXLOWER;

const ALICE: &str = "mimi://example.com/u/alice-smith";
const BOB: &str = "mimi://example.com/u/bob-jones";
const CATHY: &str = "mimi://example.com/u/cathy-washington";
const ROOM: &str = "mimi://example.com/r/engineering_team";

const ORIGINAL: &str = "017ce54837404c3696e0c747b985cb172716d0ed0a3d249ca63ace7d82a096f4";
const REPLY: &str = "015354973c2b65ca937bf1e035ae53a5ab80e947afa43d46920d4202e5cc0b27";
const REACTION: &str = "0158c4288911e50a8f6be3f47746b6682f10fd91bc8c05557aa589a3157aff68";
const MENTION: &str = "018d825adf9f6be00dcafc5704c4102f5022e74219d0b603e4ba7622654042af";
const EXPIRING: &str = "01e59db8173939facc2c8a4a0f0ae8d0c7a11a81239626630c9464a8d6717a03";

fn bytes<const LENGTH: usize>(hex: &str) -> [u8; LENGTH] {
    let bytes = HEXLOWER.decode(hex.as_bytes()).expect("hexadecimal");
    bytes.try_into().expect("as many")
}

fn id(hex: &str) -> MessageId {
    MessageId(bytes(hex))
}

fn around<'a>(sender_uri: &'a str, salt: &str) -> Around<'a> {
    Around {
        salt: bytes(salt),
        sender_uri,
        room_uri: ROOM,
    }
}

fn original() -> MimiContent {
    let text = b"Hi everyone, we just shipped release 2.0. __Good  work__!";
    around(ALICE, "5eed9406c2545547ab6f09f20a18b003").text(text.to_vec())
}

/// It is the example of this id and length, of this kind, and comes back as it was.
fn is_example(message: &MimiContent, (length, named): (usize, &str), kind: Kind) {
    let encoded = message.encode();
    let sender = message.extensions.sender_uri.as_deref().expect("a sender");
    let found = MessageId::of(sender, ROOM, &encoded, &message.salt);
    assert_eq!((encoded.len(), found), (length, Some(id(named))));
    assert_eq!(Kind::of(message), kind);
    let decoded = decode(&encoded).expect("what was encoded");
    assert_eq!(decoded, Content::Message(Box::new(message.clone())));
}

#[test]
fn a_text_is_the_drafts() {
    is_example(&original(), (193, ORIGINAL), Kind::Text);
    // All of it, written out.
    let encoded = HEXLOWER.encode(&original().encode());
    let begin = "87505eed9406c2545547ab6f09f20a18b003f640f6f6a2017820";
    assert!(encoded.starts_with(begin), "{encoded}");
}

#[test]
fn what_is_about_another_message_is_the_drafts() {
    let around = |sender, salt| around(sender, salt);
    let text = b"Right on! _Congratulations_ 'all!".to_vec();
    let reply = around(BOB, "11a458c73b8dd2cf404db4b378b8fe4d").reply(id(ORIGINAL), text);
    is_example(&reply, (200, REPLY), Kind::Reply);
    let heart = "\u{2764}";
    let reaction = around(CATHY, "d37bc0e6a8b4f04e9e6382375f587bf6").reaction(id(ORIGINAL), heart);
    is_example(&reaction, (170, REACTION), Kind::Reaction);
    let earlier = Earlier {
        id: id(REPLY),
        in_reply_to: Some(id(ORIGINAL)),
    };
    let text = b"Right on! _Congratulations_ y'all!".to_vec();
    let edit = around(BOB, "b8c2e6d8800ecf45df39be6c45f4c042").edit(earlier, text);
    let named = "014028c0deddbdea56bec26172f6ede953d11024cb82b8192b5e2aea62d7fb47";
    is_example(&edit, (234, named), Kind::Edit);
    let delete = around(BOB, "0a590d73b2c7761c39168be5ebf7f2e6").delete(earlier);
    let named = "011d9efc78d04d4dcf4d82b07d5199bbef37011c1f0c7e004b6111c6dda504b4";
    is_example(&delete, (166, named), Kind::Delete);
    // A reaction that is taken back is nothing in the place of one.
    let earlier = Earlier {
        id: id(REACTION),
        ..earlier
    };
    let mut unlike = around(CATHY, "c5ba86dc9fd272e58ca52ec805b79199").delete(earlier);
    unlike.body.disposition = Disposition::REACTION;
    let named = "013aadbb8f313253c8930f4e93c6ca54b2ed06d258185bdcec3870534c8a4ec4";
    is_example(&unlike, (173, named), Kind::Delete);
}

#[test]
fn what_is_elsewhere_is_the_drafts() {
    let video = ExternalPart {
        content_type: "video/mp4".to_owned(),
        url: "https://example.com/storage/8ksB4bSrrRE.mp4".to_owned(),
        expires: 0,
        size: 708_234_961,
        enc_alg: 1,
        key: bytes::<16>("21399320958a6f4c745dde670d95e0d8").to_vec(),
        nonce: bytes::<12>("c86cf2c33f21527d1dd76f5b").to_vec(),
        aad: Vec::new(),
        hash_alg: 1,
        content_hash: bytes::<32>(
            "9ab17a8cf0890baaae7ee016c7312fcc080ba46498389458ee44f0276e783163",
        )
        .to_vec(),
        description: "2 hours of key signing video".to_owned(),
        filename: "bigfile.mp4".to_owned(),
    };
    let attachment = around(BOB, "18fac6371e4e53f1aeaf8a013155c166").attachment("en", video);
    let named = "0176180c7d19a925021fe446d241134d05c38e0d999cdc0f39c391d2377ed9d1";
    is_example(&attachment, (272, named), Kind::Attachment);
    // With a topic, and without anything that can be downloaded.
    let conference = ExternalPart {
        content_type: String::new(),
        url: "https://example.com/join/12345".to_owned(),
        expires: 0,
        size: 0,
        enc_alg: 0,
        key: Vec::new(),
        nonce: Vec::new(),
        aad: Vec::new(),
        hash_alg: 0,
        content_hash: Vec::new(),
        description: "Join the Foo 118 conference".to_owned(),
        filename: String::new(),
    };
    let mut conference =
        around(ALICE, "678ac6cd54de049c3e9665cd212470fa").attachment("", conference);
    conference.topic_id = b"Foo 118".to_vec();
    conference.body.disposition = Disposition(7);
    let named = "01496d15a8dba28d7397f9868b70768e4a67f765d5b5b1ae9e03848c5fdeb0ba";
    is_example(&conference, (180, named), Kind::Attachment);
}

#[test]
fn what_expires_is_the_drafts() {
    let text = b"__*VPN GOING DOWN*__ I'm rebooting the VPN in ten minutes unless anyone objects.";
    let mut expiring = around(ALICE, "33be993eb39f418f9295afc2ae160d2d").text(text.to_vec());
    expiring.expires = Some(Expiration {
        relative: false,
        time: 1_644_390_004,
    });
    is_example(&expiring, (222, EXPIRING), Kind::Text);
}

fn part(disposition: u8, language: &str, part: Part) -> NestedPart {
    NestedPart {
        disposition: Disposition(disposition),
        language: language.to_owned(),
        part,
    }
}

fn multi(semantics: PartSemantics, parts: [NestedPart; 2]) -> NestedPart {
    let parts = parts.to_vec();
    part(1, "", Part::Multi { semantics, parts })
}

fn single(content_type: &str, content: &[u8]) -> Part {
    Part::Single {
        content_type: content_type.to_owned(),
        content: content.to_vec(),
    }
}

#[test]
fn parts_in_parts_are_the_drafts() {
    let page = |language, words: &str, image| {
        let html = format!(
            "<html><body><h1>{}!</h1>\n<img src=\"cid:{image}@local.invalid\" alt=\"{}\"/>\n</body></html>",
            words.split('|').next().unwrap_or_default(),
            words.split('|').nth(1).unwrap_or_default(),
        );
        part(
            1,
            language,
            single("text/html;charset=utf-8", html.as_bytes()),
        )
    };
    let pages = |image| {
        let pages = [
            page("en", "Welcome|Welcome image", image),
            page("fr", "Bienvenue|Image bienvenue", image),
        ];
        multi(PartSemantics::ChooseOne, pages)
    };
    let both = |image: u8, format: &str, bytes: [u8; 16]| {
        let shown = part(4, "", single(format, &bytes));
        multi(PartSemantics::ProcessAll, [pages(image), shown])
    };
    let mut nested = original();
    nested.salt = bytes("b8362793168d18c049b882d4642a2274");
    nested.body = multi(
        PartSemantics::ChooseOne,
        [
            both(5, "image/gif", bytes("dc861ebaa718fd7c3ca159f71a2001a7")),
            both(10, "image/png", bytes("fa444237451a05a72bb0f67037cc1669")),
        ],
    );
    let named = "01cfebeadbdb83c1eefb6403ba4852daf8bbbf9cd53bf5035a74d5d741950c9f";
    is_example(&nested, (716, named), Kind::Text);
    // One level more is one too many.
    nested.body = multi(
        PartSemantics::SingleUnit,
        [nested.body.clone(), part(1, "", single(MARKDOWN, b"x"))],
    );
    let refused = ContentError::TooMuch {
        what: "levels of parts",
        most: 4,
    };
    assert_eq!(decode(&nested.encode()), Err(refused));
}

#[test]
fn a_report_is_the_drafts() {
    let report = [
        (ORIGINAL, MessageStatus::READ),
        (REPLY, MessageStatus::READ),
        (MENTION, MessageStatus::UNREAD),
        (EXPIRING, MessageStatus::EXPIRED),
    ];
    let report = report.map(|(message, status)| PerMessageStatus {
        message_id: id(message),
        status,
    });
    let expected =
        format!("84825820{ORIGINAL}02825820{REPLY}02825820{MENTION}00825820{EXPIRING}03");
    let encoded = encode_report(&report);
    assert_eq!(HEXLOWER.encode(&encoded), expected);
    assert_eq!(encoded.len(), 1 + 4 * 36);
    assert_eq!(decode(&encoded), Ok(Content::Status(report.to_vec())));
    assert_eq!(decode(&[0x80]), Ok(Content::Status(Vec::new())));
}

/// However many messages it is about, a report is never taken for a message.
#[test]
fn a_report_of_seven_is_no_message() {
    let one = PerMessageStatus {
        message_id: id(REPLY),
        status: MessageStatus::DELIVERED,
    };
    for count in [7, 24, 300] {
        let report = vec![one; count];
        let encoded = encode_report(&report);
        assert_eq!(decode(&encoded), Ok(Content::Status(report)));
    }
}

#[test]
fn a_typing_notice_is_told_from_a_text() {
    let typing = around(BOB, "0a590d73b2c7761c39168be5ebf7f2e6").typing();
    assert_eq!(Kind::of(&typing), Kind::Typing);
    let decoded = decode(&typing.encode()).expect("what was encoded");
    assert_eq!(decoded, Content::Message(Box::new(typing)));
}

/// The original with some of its bytes exchanged for others.
fn exchanged(from: &str, to: &str) -> Result<Content, ContentError> {
    let encoded = HEXLOWER.encode(&original().encode());
    assert_eq!(encoded.matches(from).count(), 1, "{from} in {encoded}");
    let other = encoded.replace(from, to);
    decode(&HEXLOWER.decode(other.as_bytes()).expect("hexadecimal"))
}

#[test]
fn other_encodings_are_refused() {
    let anew = [
        // A length in two bytes where one would do; an array and a text of indefinite length.
        ("87505eed", "8758105eed"),
        ("85016001", "9f016001"),
        // The sender after the room, and the sender twice.
        ("a2017820", "a2027820"),
        ("0278256d", "0178256d"),
    ];
    for (from, to) in anew {
        let refused = exchanged(from, to).expect_err(to);
        let expected = matches!(
            refused,
            ContentError::NotDeterministic | ContentError::Cbor(_)
        );
        assert!(expected, "{to}: {refused}");
    }
    let mut more = original().encode();
    more.push(0);
    let refused = decode(&more).expect_err("a byte too many");
    assert_eq!(refused, ContentError::Cbor("1 bytes too many".to_owned()));
    let cut = &original().encode()[..100];
    assert!(matches!(decode(cut), Err(ContentError::Cbor(_))));
    // Arrays in arrays, deeper than anything is.
    let deep = [0x81; 10_000];
    assert!(matches!(decode(&deep), Err(ContentError::Cbor(_))));
}

#[test]
fn what_is_not_in_the_schema_is_refused_by_name() {
    let refused = |from, to| match exchanged(from, to) {
        Err(ContentError::Shape { field, .. }) => field,
        other => panic!("{to}: {other:?}"),
    };
    // A salt of 15 bytes; a message id that is a number, or one by another hash.
    assert_eq!(refused("505eed94", "4f5eed"), "salt");
    assert_eq!(refused("03f640f6f6a2", "030140f6f6a2"), "replaces");
    let other = format!("035820ff{}40f6f6a2", &ORIGINAL[2..]);
    assert_eq!(refused("03f640f6f6a2", &other), "replaces");
    assert_eq!(refused("03f640f6f6a2", "03f660f6f6a2"), "topicId");
    assert_eq!(refused("85016001781e", "85014001781e"), "language");
    assert_eq!(refused("85016001781e", "85016004781e"), "cardinality");
    assert_eq!(refused("85016001781e", "85016000781e"), "NullPart");
    assert_eq!(refused("85016001781e", "851901006001781e"), "disposition");
    // Six fields.
    let fewer = HEXLOWER.encode(&original().encode());
    let fewer = fewer.replacen("87", "86", 1).replace("40f6f6a2", "40f6a2");
    let fewer = HEXLOWER.decode(fewer.as_bytes()).expect("hexadecimal");
    let expected = ContentError::Shape {
        field: "mimiContent",
        expected: "seven fields",
    };
    assert_eq!(decode(&fewer), Err(expected));
}

#[test]
fn extensions_are_kept_within_bounds() {
    let with = |key: Value, value: Value| {
        let mut message = original();
        message.extensions.others.push((key, value));
        let decoded = decode(&message.encode())?;
        assert_eq!(decoded, Content::Message(Box::new(message)));
        Ok(())
    };
    let list = |inner: Value| Value::Array(vec![inner]);
    let uri = Value::Tag(32, Box::new(Value::Text("http://example.com".to_owned())));
    let text = |text: &str| Value::Text(text.to_owned());
    assert_eq!(with(256.into(), list(list(uri.clone()))), Ok(()));
    assert_eq!(with(text("own"), Value::Null), Ok(()));
    assert_eq!(with((-7).into(), Value::Bool(true)), Ok(()));
    let too_deep = with(256.into(), list(list(list(uri))));
    assert!(matches!(
        too_deep,
        Err(ContentError::TooMuch { most: 4, .. })
    ));
    for key in [
        text(""),
        text(&"x".repeat(256)),
        Value::Null,
        (1u64 << 53).into(),
    ] {
        let refused = with(key.clone(), Value::Null);
        assert!(
            matches!(refused, Err(ContentError::Shape { .. })),
            "{key:?}"
        );
    }
}

#[test]
fn a_name_that_is_too_long_gives_no_id() {
    let long = "x".repeat(65_536);
    assert_eq!(MessageId::of(&long, ROOM, b"", &[0; 16]), None);
    assert!(MessageId::of(&long[1..], ROOM, b"", &[0; 16]).is_some());
}
