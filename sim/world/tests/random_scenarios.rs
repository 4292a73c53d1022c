//! Both engines run random scenarios, and everything that happens must agree.
//!
//! A handful runs always; `cargo test -p throng-world --test random_scenarios -- --ignored --nocapture` runs five hundred and says
//! how far it is.

use rand_core::Rng;
use rayon::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering};
use throng_workloads::scenario::{Scenario, ScenarioSource};
use throng_workloads::stream::{Stream, StreamOwner, Streams};
use throng_world::verify::verify;

/// Draws the words of a scenario.
struct Words(Stream);

impl Words {
    fn below(&mut self, limit: u32) -> u32 {
        self.0.next_u32() % limit
    }

    fn one<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len() as u32) as usize]
    }

    /// A rate an hour, or none.
    fn rate(&mut self, most: u32) -> String {
        let rate = match self.below(3) {
            0 => 0,
            _ => 1 + self.below(most),
        };
        format!("\"{rate}/h\"")
    }
}

/// A scenario of up to three rooms and some dozens of clients, in which anything can be asked for.
fn text(seed: u64) -> String {
    let mut words = Words(Streams::new(seed, 0).stream(StreamOwner::Run, "scenario"));
    let w = &mut words;
    let users = 4 + w.below(24);
    let mut text = format!(
        "name = \"random\"\nseed = {seed}\nduration = \"{}min\"\nciphersuite = {}\n",
        2 + w.below(4),
        1 + w.below(3)
    );
    for provider in 0..1 + w.below(3) {
        let region = w.one(&["eu", "us"]);
        let cores = 1 + w.below(3);
        text += &format!(
            "[[providers]]\ndomain = \"p{provider}.example\"\nregion = \"{region}\"\ncores = {cores}\n"
        );
        let mut narrow =
            Words(Streams::new(seed, 0).stream(StreamOwner::Provider(provider.into()), "access"));
        text += &format!("writers = {}\n", narrow.one(&["1", "1", "2", "5"]));
        for way in ["up", "down"] {
            let carries = narrow.one(&["unlimited", "unlimited", "1 Gbit/s", "2 Mbit/s"]);
            text += &format!("{way} = \"{carries}\"\n");
        }
        let history = narrow.one(&["0s", "0s", "30s", "1d"]);
        let copies = 1 + narrow.below(3);
        text += &format!("history = \"{history}\"\ncopies = {copies}\nindexes = 0.25\n");
    }
    text += &format!("[users]\ncount = {users}\nclients = {}\n", 1 + w.below(2));
    if w.below(2) == 0 {
        text += "online = { dist = \"exponential\", mean = \"3min\" }\noffline = { dist = \"exponential\", mean = \"30s\" }\n";
        let mut rude = Words(Streams::new(seed, 0).stream(StreamOwner::Run, "vanish"));
        text += &format!("vanish = {}\n", rude.one(&["0", "0.2", "1"]));
    }
    text += &credentials(seed);
    let (link, profile) = (
        w.one(&["wifi", "4g", "congested-4g"]),
        w.one(&["laptop", "phone"]),
    );
    text += &format!("[[users.connections]]\nlink = \"{link}\"\nprofile = \"{profile}\"\n");
    let mut sleepy = Words(Streams::new(seed, 0).stream(StreamOwner::Run, "push"));
    let push = sleepy.one(&["never", "never", "2s", "20s"]);
    text += &format!("push = \"{push}\"\nawake = \"{}s\"\n", 1 + sleepy.below(60));
    let start = w.one(&["grown", "at-once", "warm", "bare"]);
    text += &format!(
        "[rooms]\ncount = {}\nsize = {}\nstart = \"{start}\"\nhub = \"{}\"\ngrow_interval = \"{}s\"\ncreated = \"{}s\"\n",
        1 + w.below(3),
        2 + w.below(users - 1),
        w.one(&["creator", "first", "round-robin"]),
        1 + w.below(5),
        w.below(20),
    );
    text += &format!(
        "[churn]\njoins = {}\njoin_by = \"{}\"\nleaves = {}\nremovals = {}\nupdates = {}\nnew_clients = {}\nlost_clients = {}\nresyncs = {}\n",
        w.rate(120),
        w.one(&["add", "external"]),
        w.rate(60),
        w.rate(60),
        w.rate(30),
        w.rate(4),
        w.rate(3),
        w.rate(4),
    );
    text += &look_ups(seed);
    text += &deletions(seed);
    if w.below(3) == 0 {
        let actors = w.one(&["\"uniform\"", "{ dist = \"zipf\", exponent = 1.2 }"]);
        text += &format!(
            "[churn.mix]\nper_member = {}\nadd = 0.25\nremove = 0.25\nupdate = 0.5\nactors = {actors}\n",
            1 + w.below(5)
        );
    }
    text += &format!("[messages]\nrate = {}\n", w.rate(120));
    text += &content(seed);
    text += &format!(
        "[policy]\ncommit = \"{}\"\ncommitter = \"{}\"\ntree = \"{}\"\ngroup_info = \"{}\"\npath_on_add = {}\nepoch_tolerance = {}\npadding = \"{}B\"\nkey_packages = {}\n",
        w.one(&["at-once", "propose"]),
        w.one(&[
            "anyone",
            "admin",
            "admin-covers",
            "lowest-leaf",
            "most-active",
            "rendezvous",
        ]),
        w.one(&["welcome", "hub"]),
        w.one(&["partial", "full"]),
        w.one(&["true", "false"]),
        w.below(5),
        1 + w.below(300),
        1 + w.below(12),
    );
    let mut leaving = Words(Streams::new(seed, 0).stream(StreamOwner::Run, "leaving"));
    text += &format!("leave = \"{}\"\n", leaving.one(&["removes", "self-remove"]));
    text += &key_material(seed);
    text += &consent(seed);
    text += &finding(seed);
    text += &committing(
        seed,
        text.contains("committer = \"admin\""),
        text.contains("committer = \"anyone\""),
    );
    text += &list(seed, text.contains("franking = true"));
    text += &ways(seed, !text.contains("one-first"));
    text += &outage(seed);
    text += &conditions(seed);
    text
}

/// By what clients say who they are, of a stream of its own: half of all by basic credentials.
fn credentials(seed: u64) -> String {
    let mut words = Words(Streams::new(seed, 0).stream(StreamOwner::Run, "credentials"));
    let w = &mut words;
    if w.below(2) == 0 {
        return String::new();
    }
    format!(
        "credential = \"{}\"\ncertificates = {}\ncredential_bytes = \"{}B\"\n",
        w.one(&["x509", "jwt"]),
        1 + w.below(3),
        1 + w.below(1_500),
    )
}

/// How often somebody asks for KeyPackages and adds nobody, of a stream of its own: half of all never do.
fn look_ups(seed: u64) -> String {
    let mut w = Words(Streams::new(seed, 0).stream(StreamOwner::Run, "look-ups"));
    match w.below(2) {
        0 => String::new(),
        _ => format!(
            "look_ups = {}\nlook_up_rooms = {}\n",
            w.rate(600),
            w.one(&["[]", "[0]"])
        ),
    }
}

/// How often somebody has an account deleted, of a stream of its own: in half of all nobody does.
fn deletions(seed: u64) -> String {
    let mut w = Words(Streams::new(seed, 0).stream(StreamOwner::Run, "deletions"));
    match w.below(2) {
        0 => String::new(),
        _ => format!("deletions = {}\n", w.rate(6)),
    }
}

/// What clients keep at their providers, of a stream of its own: half of all leave it as it is.
fn key_material(seed: u64) -> String {
    let mut w = Words(Streams::new(seed, 0).stream(StreamOwner::Run, "key material"));
    if w.below(2) == 0 {
        return String::new();
    }
    format!(
        "key_packages_low = {}\nkey_package_lifetime = \"{}\"\nlast_resort = {}\nkey_material_limit = {}\nkey_material_period = \"{}\"\n",
        w.one(&["0", "0.2", "1"]),
        w.one(&["20s", "90s", "10min", "90d"]),
        w.one(&["true", "false"]),
        w.below(4),
        w.one(&["1s", "1min", "1h"]),
    )
}

/// A provider that is down for a while, of a stream of its own: in a third of all.
fn outage(seed: u64) -> String {
    let mut words = Words(Streams::new(seed, 0).stream(StreamOwner::Run, "outage"));
    let w = &mut words;
    if w.below(3) > 0 {
        return String::new();
    }
    format!(
        "request_timeout = \"10s\"\n[network]\noutages = [\"p0.example={}s+{}s\"]\nreconnect = \"{}s\"\n",
        10 + w.below(60),
        1 + w.below(120),
        w.below(9),
    )
}

/// What links do beside the plain things, of a stream of its own: nothing in half of all.
fn conditions(seed: u64) -> String {
    let mut words = Words(Streams::new(seed, 0).stream(StreamOwner::Run, "conditions"));
    let w = &mut words;
    if w.below(2) == 0 {
        return String::new();
    }
    let mut text = String::new();
    for (link, loss) in [("client.wifi", "5%"), ("between_regions", "1%")] {
        text += &format!("[network.{link}]\nloss = \"{loss}\"\n");
        text += w.one(&["", "bursts = { p = 0.05, r = 0.2, loss = 0.6 }\n"]);
        text += w.one(&["", "recovery = \"fast\"\n", "recovery = \"rack\"\n"]);
        text += w.one(&[
            "",
            "slow_start = {}\n",
            "slow_start = { initial = 1, most = 9, idle = \"200ms\" }\n",
        ]);
    }
    text
}

/// How members commit what others proposed, of a stream of its own: half of all leave it as it is.
fn committing(seed: u64, admin: bool, anyone: bool) -> String {
    let mut words = Words(Streams::new(seed, 0).stream(StreamOwner::Run, "committing"));
    let w = &mut words;
    if w.below(2) == 0 {
        return String::new();
    }
    let mut text = format!(
        "commit_batch = {}\ncommit_batch_wait = \"{}s\"\ncommit_fallback = \"{}s\"\n",
        1 + w.below(4),
        w.below(40),
        1 + w.below(9),
    );
    if anyone && w.below(2) == 0 {
        text += "admission = \"one-first\"\n";
    }
    if !admin {
        text += &format!("refresh = {}\n", w.one(&["0", "0.3", "2"]));
    }
    text
}

/// In which pieces things go to their receivers, of a stream of its own: half of all leave it as it is.
fn ways(seed: u64, gathers: bool) -> String {
    let mut words = Words(Streams::new(seed, 0).stream(StreamOwner::Run, "ways"));
    let w = &mut words;
    if w.below(2) == 0 {
        return String::new();
    }
    let mut text = format!("welcome = \"{}\"\n", w.one(&["all", "each"]));
    text += &format!("consent_key_packages = {}\n", w.one(&["true", "false"]));
    if gathers {
        text += &format!(
            "notify_batch = {}\nnotify_batch_bytes = \"{}\"\nnotify_batch_wait = \"{}ms\"\nnotify_most = \"{}\"\n",
            1 + w.below(6),
            w.one(&["1B", "2 kB", "1 MB"]),
            w.one(&["0", "30", "2000"]),
            // Less than a hub sends, at times.
            w.one(&["1B", "3 kB", "8 MB"]),
        );
    }
    text
}

/// Where the participant list is, of a stream of its own: in the GroupContext more often than not.
fn list(seed: u64, needed: bool) -> String {
    let mut words = Words(Streams::new(seed, 0).stream(StreamOwner::Run, "list"));
    match words.below(4) {
        0 => "participant_list = \"hash\"\n".to_owned(),
        1 if !needed => "participant_list = \"none\"\n".to_owned(),
        _ => String::new(),
    }
}

/// Roles that people are held to, and what is done by them, of a stream of its own.
fn roles(seed: u64, text: &str) -> Vec<String> {
    let mut words = Words(Streams::new(seed, 0).stream(StreamOwner::Run, "roles"));
    let w = &mut words;
    if text.contains("participant_list = \"none\"") || w.below(2) == 0 {
        return Vec::new();
    }
    let evicts = w.one(&["true", "false"]);
    let profile = match text.contains("join_by = \"external\"") {
        true => w.one(&["strict", "moderated", "multi-organization"]),
        false => w.one(&["cooperative", "strict", "moderated", "multi-organization"]),
    };
    let mut keys = vec![
        format!("policy.profile={profile}"),
        format!("policy.evict_ended={evicts}"),
    ];
    for key in ["kicks", "bans", "unbans", "role_changes"] {
        keys.push(format!("churn.{key}={}", w.rate(60)));
    }
    keys
}

/// Who reads handshakes and what is signed with them, of a stream of its own.
fn handshakes(seed: u64, text: &str) -> Vec<String> {
    let mut words = Words(Streams::new(seed, 0).stream(StreamOwner::Run, "handshakes"));
    if text.contains("participant_list = \"none\"") {
        return Vec::new();
    }
    let form = words.one(&["public", "semi-private"]);
    let signed = words.one(&["whole", "hash"]);
    vec![
        format!("policy.handshakes={form}"),
        format!("policy.signed_context={signed}"),
    ]
}

/// Trees from URLs, of a stream of its own: in a third of all that can have them.
fn trees(seed: u64, text: &str) -> Vec<String> {
    let mut w = Words(Streams::new(seed, 0).stream(StreamOwner::Run, "trees"));
    if text.contains("participant_list = \"none\"") || w.below(3) > 0 {
        return Vec::new();
    }
    vec![
        "policy.tree=url".to_owned(),
        format!("policy.tree_epochs={}", w.below(4)),
    ]
}

/// Whether people are asked before they are added, of a stream of its own: half of all never are.
fn consent(seed: u64) -> String {
    let mut w = Words(Streams::new(seed, 0).stream(StreamOwner::Run, "consent"));
    let consent = w.one(&["given", "given", "asked", "asked-for-room"]);
    let refused = w.one(&["0", "0.2"]);
    format!(
        "consent = \"{consent}\"\nconsent_refused = {refused}\nconsent_delay = {{ dist = \"exponential\", mean = \"{}s\" }}\n",
        1 + w.below(60)
    )
}

/// Whether people look for those whom they add, of a stream of its own: half of all do not.
fn finding(seed: u64) -> String {
    let mut w = Words(Streams::new(seed, 0).stream(StreamOwner::Run, "finding"));
    let (find, findable) = (w.one(&["known", "handle"]), w.one(&["1", "0.7"]));
    format!("find = \"{find}\"\nfindable = {findable}\n")
}

/// What is in messages, drawn by itself: scenarios of a seed are otherwise what they were before there was a choice.
fn content(seed: u64) -> String {
    let mut words = Words(Streams::new(seed, 0).stream(StreamOwner::Run, "content"));
    let w = &mut words;
    if w.below(2) == 0 {
        return String::new();
    }
    let receipts = w.one(&["none", "delivery", "read"]);
    let typing = w.one(&["true", "false"]);
    let delay = w.below(20);
    let franking = w.one(&["true", "false"]);
    let reports = match franking {
        "true" => w.one(&["0", "0.05", "0.5"]),
        _ => "0",
    };
    let downloads = downloads(seed);
    // Everything is about something else sooner than in life.
    format!(
        "content = \"mimi\"\n{downloads}receipts = \"{receipts}\"\ntyping = {typing}\nfranking = {franking}\nreports = {reports}\nreceipt_delay = \"{delay}s\"\n[messages.kinds]\n\
         text = 0.3\nreply = 0.2\nreaction = 0.2\nedit = 0.1\ndelete = 0.1\nattachment = 0.1\n"
    )
}

/// Whether what is attached is fetched, and by whom, of a stream of its own.
fn downloads(seed: u64) -> String {
    let mut w = Words(Streams::new(seed, 0).stream(StreamOwner::Run, "downloads"));
    format!(
        "downloads = \"{}\"\nattachment_size = {{ dist = \"exponential\", mean = \"{}kB\" }}\n",
        w.one(&["none", "provider", "hub"]),
        1 + w.below(40),
    )
}

/// What waits for what between providers, of a stream of its own: in a third of all less than everything.
fn streams(seed: u64) -> Vec<String> {
    let mut words = Words(Streams::new(seed, 0).stream(StreamOwner::Run, "streams"));
    let apart = words.below(3) == 0;
    Vec::from_iter(apart.then(|| "network.in_order=room".to_owned()))
}

fn agree(seed: u64) {
    let text = text(seed);
    let source = ScenarioSource::inline(format!("random-{seed}.toml"), text.as_str());
    let more = [
        roles(seed, &text),
        handshakes(seed, &text),
        trees(seed, &text),
        streams(seed),
    ]
    .concat();
    let scenario =
        Scenario::parse(&source, &more).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let verdict =
        verify(&scenario, |_| true).unwrap_or_else(|error| panic!("seed {seed}: {error}\n{text}"));
    assert!(verdict.agrees(), "seed {seed}: {verdict:#?}\n{text}");
}

#[test]
fn a_few() {
    for seed in [1, 2, 3, 5, 8, 13, 21, 34] {
        agree(seed);
    }
}

#[test]
#[ignore = "takes half an hour"]
fn five_hundred() {
    let done = AtomicU32::new(0);
    (1000..1500u64).into_par_iter().for_each(|seed| {
        agree(seed);
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        if done.is_multiple_of(25) {
            // Shown with `--nocapture`.
            eprintln!("{done} of 500 agree");
        }
    });
}
