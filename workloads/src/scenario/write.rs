//! Writing a scenario as TOML that reads back to an equal one.
//!
//! Written by hand rather than through a serializer: values carry units, and the order and the grouping
//! are those in which people read.

mod links;
mod out;

use super::content::{Content, DOWNLOADS, RECEIPTS, STRUCTURED};
use super::model::*;
use super::stages;
use crate::time::SimSpan;
use crate::units::{Quantity, plain, show_span};
use crate::warp::Shape;
use out::{Out, amount, dist, escaped, list, rate, text};

impl Scenario {
    /// The scenario as resolved: every key, with units. [`Scenario::parse`] reads it back to an equal one.
    ///
    /// ```
    /// use throng_workloads::scenario::{Scenario, ScenarioSource};
    /// let scenario = Scenario::parse(&ScenarioSource::inline("a.toml", ""), &[])?;
    /// let again = ScenarioSource::inline("b.toml", scenario.to_toml());
    /// assert_eq!(Scenario::parse(&again, &[])?, scenario);
    /// # Ok::<(), throng_workloads::error::ScenarioError>(())
    /// ```
    pub fn to_toml(&self) -> String {
        let mut out = Out::default();
        self.write_head(&mut out);
        for provider in &self.providers {
            out.header("[[providers]]");
            out.key("domain", text(&provider.domain));
            out.key("share", plain(provider.share));
            out.key("region", text(&provider.region));
            out.key("cores", provider.cores);
            out.key("profile", text(&provider.profile));
            out.time("sync", &provider.sync);
            // Without any it is all one, and scenarios from before have the digest that they had.
            if provider.writers != 1 {
                out.key("writers", provider.writers);
            }
            for (key, bits) in [("up", provider.up), ("down", provider.down)] {
                if let Some(bits) = bits {
                    out.key(key, amount(bits, Quantity::Bandwidth));
                }
            }
            let Archive {
                history,
                indexes,
                copies,
            } = provider.archive;
            if history > SimSpan::ZERO {
                out.key("history", text(&show_span(history)));
            }
            if indexes > 0.0 {
                out.key("indexes", plain(indexes));
            }
            if copies > 1 {
                out.key("copies", copies);
            }
        }
        write_users(&self.users, &mut out);
        write_rooms(&self.rooms, &mut out);
        write_churn(&self.churn, &mut out);
        write_messages(&self.messages, &mut out);
        write_policy(&self.policy, &mut out);
        links::write_network(&self.network, &mut out);
        write_cost(&self.cost, &mut out);
        write_load(&self.load, &mut out);
        out.0
    }

    fn write_head(&self, out: &mut Out) {
        out.key("name", text(&self.name));
        out.key("description", text(&self.description));
        match i64::try_from(self.seed) {
            Ok(seed) => out.key("seed", seed),
            // TOML's integers end before ours.
            Err(_) => out.key("seed", text(&self.seed.to_string())),
        }
        out.key("run", self.run);
        out.key("duration", text(&show_span(self.duration)));
        out.key("warmup", text(&show_span(self.warmup)));
        out.key("stack", text(&self.stack));
        let engine = match self.engine {
            EngineKind::OpenMls => "openmls",
            EngineKind::Model => "model",
        };
        out.key("engine", text(engine));
        out.key(
            "ciphersuite",
            match self.ciphersuite {
                Ciphersuite::X25519Aes128Sha256Ed25519 => 1,
                Ciphersuite::P256Aes128Sha256P256 => 2,
                Ciphersuite::X25519ChaCha20Sha256Ed25519 => 3,
            },
        );
        if let Some(trace) = &self.trace {
            out.key("trace", text(&trace.to_string_lossy()));
        }
        let thresholds: Vec<String> = self.thresholds.iter().map(|rule| text(rule)).collect();
        out.key("thresholds", format!("[{}]", thresholds.join(", ")));
    }
}

fn write_users(users: &Users, out: &mut Out) {
    out.header("[users]");
    out.key("count", users.count);
    out.key("clients", dist(&users.clients, Quantity::Count));
    match &users.online {
        Some(online) => out.time("online", online),
        None => out.key("online", text("always")),
    }
    out.time("offline", &users.offline);
    out.key("vanish", plain(users.vanish));
    let passive = match users.passive {
        Passive::Counted => "counted",
        Passive::Simulated => "simulated",
    };
    out.key("passive", text(passive));
    write_credentials(&users.credentials, out);
    for connection in &users.connections {
        out.header("[[users.connections]]");
        out.key("link", text(&connection.link));
        out.key("share", plain(connection.share));
        out.key("profile", text(&connection.profile));
        if let Some(push) = &connection.push {
            out.time("push", &push.takes);
            out.time("awake", &push.awake);
        }
    }
}

/// Basic ones of the default are left out, so that scenarios from before have the digest that they had.
fn write_credentials(credentials: &Credentials, out: &mut Out) {
    if *credentials == Credentials::BASIC {
        return;
    }
    let form = match credentials.form {
        CredentialForm::Basic => "basic",
        CredentialForm::X509 => "x509",
        CredentialForm::Jwt => "jwt",
    };
    out.key("credential", text(form));
    out.key("certificates", credentials.certificates);
    let bytes = Quantity::Size.show(credentials.bytes.into());
    out.key("credential_bytes", text(&bytes));
}

fn write_rooms(rooms: &Rooms, out: &mut Out) {
    out.header("[rooms]");
    out.key("count", rooms.count);
    if rooms.kinds.is_empty() {
        out.key("size", dist(&rooms.size, Quantity::Count));
    }
    let hub = match rooms.hub {
        HubChoice::Creator => "creator",
        HubChoice::First => "first",
        HubChoice::RoundRobin => "round-robin",
    };
    out.key("hub", text(hub));
    out.key("locality", plain(rooms.locality));
    let start = match rooms.start {
        Start::Grown => "grown",
        Start::AtOnce => "at-once",
        Start::Warm => "warm",
        Start::Bare => "bare",
    };
    out.key("start", text(start));
    out.time("grow_interval", &rooms.grow_interval);
    out.time("created", &rooms.created);
    for kind in &rooms.kinds {
        out.header("[[rooms.kinds]]");
        match kind.rooms {
            Portion::Count(count) => out.key("count", count),
            Portion::Share(share) => out.key("share", plain(share)),
        }
        out.key("size", dist(&kind.size, Quantity::Count));
        out.key("talk", plain(kind.talk));
        out.key("churn", plain(kind.churn));
    }
}

fn write_churn(churn: &Churn, out: &mut Out) {
    out.header("[churn]");
    out.key("joins", rate(&churn.joins));
    let join_by = match churn.join_by {
        JoinBy::Add => "add",
        JoinBy::External => "external",
    };
    out.key("join_by", text(join_by));
    out.key("adders", speakers(churn.adders));
    for (key, value) in [
        ("leaves", &churn.leaves),
        ("removals", &churn.removals),
        ("updates", &churn.updates),
        ("look_ups", &churn.look_ups),
        ("new_clients", &churn.new_clients),
        ("lost_clients", &churn.lost_clients),
        ("resyncs", &churn.resyncs),
    ] {
        out.key(key, rate(value));
    }
    // Without any it is all one, and scenarios from before have the digest that they had.
    if !churn.deletions.is_never() {
        out.key("deletions", rate(&churn.deletions));
    }
    if !churn.administration.is_none() {
        for (key, value) in churn.administration.rates() {
            out.key(key, rate(value));
        }
    }
    out.key("look_up_rooms", format!("{:?}", churn.look_up_rooms));
    if let Some(mix) = &churn.mix {
        out.header("[churn.mix]");
        out.key("per_member", plain(mix.per_member));
        out.key("per_room", plain(mix.per_room));
        out.key("add", plain(mix.add));
        out.key("remove", plain(mix.remove));
        out.key("update", plain(mix.update));
        out.key("message", plain(mix.message));
        out.key("actors", speakers(mix.actors));
    }
    for event in &churn.events {
        out.header("[[churn.events]]");
        out.key("at", text(&show_span(event.at)));
        let action = match event.action {
            MassAction::Join => "join",
            MassAction::Leave => "leave",
            MassAction::Remove => "remove",
            MassAction::Update => "update",
            MassAction::Message => "message",
            MassAction::RemoveEverySecond => "remove-every-second",
        };
        out.key("action", text(action));
        out.key("share", plain(event.share));
        out.key("rooms", format!("{:?}", event.rooms));
        out.time("spread", &event.spread);
    }
}

/// Nothing where there is no stage: what is simulated is the same then as before there were any.
fn write_load(load: &Load, out: &mut Out) {
    for stage in &load.stages {
        out.header("[[load.stages]]");
        out.key("shape", text(stages::name(stage.shape)));
        out.key("duration", text(&show_span(stage.duration)));
        if stage.shape != Shape::Hold {
            out.key("from", plain(stage.from));
        }
        out.key("to", plain(stage.to));
    }
}

fn speakers(who: Speakers) -> String {
    match who {
        Speakers::Uniform => text("uniform"),
        Speakers::Zipf(exponent) => {
            format!("{{ dist = \"zipf\", exponent = {} }}", plain(exponent))
        }
    }
}

fn write_messages(messages: &Messages, out: &mut Out) {
    out.header("[messages]");
    out.key("rate", rate(&messages.rate));
    out.key("size", dist(&messages.size, Quantity::Size));
    out.key("speakers", speakers(messages.speakers));
    if messages.diurnal.is_empty() {
        out.key("diurnal", text("none"));
    } else {
        out.key("diurnal", list(&messages.diurnal, plain));
    }
    out.key("day", text(&show_span(messages.day)));
    out.key("starts_at", plain(messages.starts_at));
    let Content::Structured(how) = &messages.content else {
        return out.key("content", text("opaque"));
    };
    out.key("content", text(STRUCTURED));
    let receipts = RECEIPTS.iter().find(|(_, known)| *known == how.receipts);
    out.key("receipts", text(receipts.map_or("none", |(word, _)| word)));
    out.time("receipt_delay", &how.receipt_delay);
    out.key("typing", how.typing);
    out.key("franking", how.franking);
    out.key("reports", plain(how.reports));
    // As with `find`.
    if let Some(downloads) = &how.downloads {
        let by = DOWNLOADS
            .iter()
            .find(|(_, known)| *known == Some(downloads.by));
        out.key("downloads", text(by.map_or("none", |(word, _)| word)));
        out.key("attachment_size", dist(&downloads.size, Quantity::Size));
    }
    out.header("[messages.kinds]");
    for (kind, share) in how.kinds.each() {
        out.key(kind, plain(share));
    }
}

fn write_policy(policy: &Policy, out: &mut Out) {
    out.header("[policy]");
    let commit = match policy.commit {
        CommitPolicy::AtOnce => "at-once",
        CommitPolicy::Propose => "propose",
    };
    out.key("commit", text(commit));
    let committer = match policy.committer {
        Committer::Anyone => "anyone",
        Committer::Admin => "admin",
        Committer::AdminCovers => "admin-covers",
        Committer::LowestLeaf => "lowest-leaf",
        Committer::MostActive => "most-active",
        Committer::Rendezvous => "rendezvous",
    };
    out.key("committer", text(committer));
    out.time("commit_delay", &policy.commit_delay);
    out.key("commit_batch", policy.commit_batch);
    out.key(
        "commit_batch_wait",
        text(&show_span(policy.commit_batch_wait)),
    );
    out.key("commit_fallback", text(&show_span(policy.commit_fallback)));
    let admission = match policy.admission {
        Admission::Everybody => "everybody",
        Admission::OneFirst => "one-first",
    };
    out.key("admission", text(admission));
    write_bodies(policy, out);
    out.key("refresh", plain(policy.refresh));
    out.time("backoff", &policy.backoff);
    out.key("backoff_max", text(&show_span(policy.backoff_max)));
    let timeout = policy.request_timeout.map(show_span);
    out.key(
        "request_timeout",
        text(timeout.as_deref().unwrap_or("never")),
    );
    let tree = match policy.tree {
        TreeDelivery::InWelcome => "welcome",
        TreeDelivery::FromHub => "hub",
        TreeDelivery::ByUrl => "url",
    };
    out.key("tree", text(tree));
    if policy.tree_epochs != 3 {
        out.key("tree_epochs", policy.tree_epochs);
    }
    // What differs from the default, so that scenarios from before have the digest that they had.
    if policy.welcome == WelcomeFor::Each {
        out.key("welcome", text("each"));
    }
    let group_info = match policy.group_info {
        GroupInfoForm::Partial => "partial",
        GroupInfoForm::Full => "full",
    };
    out.key("group_info", text(group_info));
    let participant_list = match policy.participant_list {
        ParticipantListPlace::Context => "context",
        ParticipantListPlace::Hash => "hash",
        ParticipantListPlace::Nowhere => "none",
    };
    out.key("participant_list", text(participant_list));
    // Without one it is all one, and scenarios from before have the digest that they had.
    let profile = match policy.profile {
        Profile::Unchecked => None,
        Profile::Cooperative => Some("cooperative"),
        Profile::Strict => Some("strict"),
        Profile::Moderated => Some("moderated"),
        Profile::MultiOrganization => Some("multi-organization"),
    };
    if let Some(profile) = profile {
        out.key("profile", text(profile));
    }
    if policy.signed_context == SignedContext::Hash {
        out.key("signed_context", text("hash"));
    }
    if policy.evict_ended {
        out.key("evict_ended", true);
    }
    if policy.handshakes == Handshakes::SemiPrivate {
        out.key("handshakes", text("semi-private"));
    }
    let leave = match policy.leave {
        Leave::Removes => "removes",
        Leave::SelfRemove => "self-remove",
    };
    out.key("leave", text(leave));
    out.key("path_on_add", policy.path_on_add);
    out.key("key_packages", policy.key_packages);
    out.key("key_packages_low", plain(policy.key_packages_low));
    out.key(
        "key_package_lifetime",
        text(&show_span(policy.key_package_lifetime)),
    );
    out.key("last_resort", policy.last_resort);
    out.key("key_material_limit", policy.key_material_limit);
    out.key(
        "key_material_period",
        text(&show_span(policy.key_material_period)),
    );
    // Before there was a choice there was none, and what is written by default is as it was.
    if policy.find != Find::Known || policy.findable < 1.0 {
        let find = FINDS.iter().find(|(_, known)| *known == policy.find);
        out.key("find", text(find.map_or("known", |(word, _)| word)));
        out.key("findable", plain(policy.findable));
    }
    let consent = CONSENTS.iter().find(|(_, known)| *known == policy.consent);
    out.key("consent", text(consent.map_or("given", |(word, _)| word)));
    out.time("consent_delay", &policy.consent_delay);
    out.key("consent_refused", plain(policy.consent_refused));
    if policy.consent_key_packages {
        out.key("consent_key_packages", true);
    }
    out.key("epoch_tolerance", policy.epoch_tolerance);
    out.key("padding", text(&Quantity::Size.show(policy.padding.into())));
    out.key("max_forward", policy.max_forward);
}

/// What differs from the default, so that scenarios from before have the digest that they had.
fn write_bodies(policy: &Policy, out: &mut Out) {
    if policy.notify_batch != 1 {
        out.key("notify_batch", policy.notify_batch);
    }
    let size = |bytes: u32| text(&Quantity::Size.show(bytes.into()));
    if policy.notify_batch_bytes != 1_000_000 {
        out.key("notify_batch_bytes", size(policy.notify_batch_bytes));
    }
    if policy.notify_batch_wait != SimSpan::ZERO {
        out.key(
            "notify_batch_wait",
            text(&show_span(policy.notify_batch_wait)),
        );
    }
    if policy.notify_most != 8_000_000 {
        out.key("notify_most", size(policy.notify_most));
    }
}

fn write_cost(cost: &Cost, out: &mut Out) {
    out.header("[cost]");
    let source = match cost.source {
        CostSource::Profile => "profile",
        CostSource::Measured => "measured",
    };
    out.key("source", text(source));
    out.header("[cost.profiles]");
    for (name, spec) in &cost.profiles {
        out.key(&escaped(name), profile(spec));
    }
}

/// A factor, or a table that holds what was measured: the file it came from may be elsewhere by then.
fn profile(spec: &ProfileSpec) -> String {
    let factor = plain(spec.factor);
    let whole_tree = match spec.whole_tree {
        WholeTree::Anew => "",
        WholeTree::Kept => ", whole_tree = \"kept\"",
    };
    let leaf_checks = match spec.leaf_checks {
        LeafChecks::Pairwise => "",
        LeafChecks::Indexed => ", leaf_checks = \"indexed\"",
    };
    let how = format!("{whole_tree}{leaf_checks}");
    let Some(costs) = &spec.measured else {
        return match how.is_empty() {
            true => factor,
            false => format!("{{ factor = {factor}{how} }}"),
        };
    };
    let calibrated_to = costs.calibrated_to;
    let calibrated_to = calibrated_to.map_or(String::new(), |members| {
        format!(", calibrated_to = {members}")
    });
    let machine = text(&costs.source);
    let each = costs.nanos.iter();
    let nanos: Vec<String> = each
        .map(|(unit, nanos)| format!("{} = {}", escaped(unit), plain(*nanos)))
        .collect();
    let nanos = nanos.join(", ");
    format!(
        "{{ factor = {factor}{how}, machine = {machine}{calibrated_to}, nanoseconds = {{ {nanos} }} }}"
    )
}
