//! Whatever a record holds, it can be reported.

use super::sample;
use hdrhistogram::Histogram;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::string::string_regex;
use throng_mls::tree_health::NodeState;
use throng_mls::tree_health::TreeHealth;
use throng_record::*;
use throng_reports::plots::{Drawing, PLOTS, Size};
use throng_reports::{
    Details, Stored, Summary, hgrm, rewrite_page, summary_text, tables, write_run,
};
use throng_workloads::time::{SimSpan, SimTime};
use throng_workloads::visible::visible;

/// Numbers of every size: small ones, the largest, and what lies between.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![0..4_u64, 0..100_000_u64, any::<u64>(), Just(u64::MAX)]
}

fn small() -> impl Strategy<Value = u32> {
    prop_oneof![0..4_u32, any::<u32>(), Just(u32::MAX)]
}

fn real() -> impl Strategy<Value = f64> {
    prop_oneof![
        0.0..100.0,
        any::<f64>(),
        Just(f64::NAN),
        Just(f64::INFINITY)
    ]
}

fn histogram() -> impl Strategy<Value = Histogram<u64>> {
    vec((0..u64::MAX / 2, 1..1_000_000_u64), 0..6).prop_map(|values| {
        let mut histogram = sample::histogram();
        for (value, times) in values {
            histogram.record_n(value, times).expect("it grows");
        }
        histogram
    })
}

fn health() -> impl Strategy<Value = TreeHealth> {
    (small(), small(), small(), small(), small(), number()).prop_map(|n| TreeHealth {
        members: n.0,
        leaves: n.1,
        blank_leaves: n.2,
        blank_parents: n.3,
        unmerged_leaves: n.4,
        ciphertexts_sum: n.5,
    })
}

fn commit() -> impl Strategy<Value = CommitRow> {
    let what = (
        number(),
        small(),
        number(),
        any::<(bool, bool)>(),
        vec(small(), 0..3),
    );
    let size = (small(), number(), number(), health(), small());
    let times = (number(), option::of(number()), option::of(number()));
    (what, size, times).prop_map(|(what, size, times)| CommitRow {
        time: SimTime::from_nanos(what.0),
        room: what.1,
        epoch: what.2,
        committer_leaf: what.1,
        external: what.3.0,
        adds: what.4.clone(),
        removes: what.4.clone(),
        updates: what.4,
        path: what.3.1,
        ciphertexts: size.0,
        commit_bytes: size.1,
        welcome_bytes: size.2,
        health: size.3,
        attempts: size.4,
        accept: SimSpan::from_nanos(times.0),
        converge_p50: times.1.map(SimSpan::from_nanos),
        converge_p99: times.1.map(SimSpan::from_nanos),
        converge_max: times.2.map(SimSpan::from_nanos),
    })
}

/// What others call something, as it can be read back: visible already.
fn name(most: usize) -> impl Strategy<Value = String> {
    let any = string_regex(&format!("\\\\PC{{0,{most}}}")).expect("a pattern");
    any.prop_map(|name| visible(&name).into_owned())
}

fn room() -> impl Strategy<Value = (RoomRow, TreeHealth)> {
    (
        small(),
        name(20),
        option::of(number()),
        any::<bool>(),
        health(),
        number(),
    )
        .prop_map(|n| {
            let row = RoomRow {
                room: n.0,
                hub: n.1,
                created: n.2.map(SimTime::from_nanos),
                start: if n.3 {
                    throng_workloads::scenario::Start::Warm
                } else {
                    throng_workloads::scenario::Start::AtOnce
                },
                initial_members: n.0,
                members: n.4.members,
                first_epoch: n.5,
                epoch: n.5,
                commits: n.5,
                attempts: n.5,
                messages: n.5,
                fanout_bytes: n.5,
            };
            (row, n.4)
        })
}

fn point() -> impl Strategy<Value = (SeriesPoint, TreeSample)> {
    (number(), small(), number(), number(), number(), real()).prop_map(|n| {
        let time = SimTime::from_nanos(n.0);
        let point = SeriesPoint {
            time,
            online: n.1,
            churn: n.2,
            commits: n.3,
            attempts: n.4,
            bytes: n.2,
            provider_busy: SimSpan::from_nanos(n.4),
            ..SeriesPoint::default()
        };
        let trees = TreeSample {
            time,
            mean_ciphertexts: n.5,
            blank_leaves: n.3,
            ..TreeSample::default()
        };
        (point, trees)
    })
}

fn mark() -> impl Strategy<Value = EventMark> {
    (number(), name(40)).prop_map(|(time, name)| EventMark {
        time: SimTime::from_nanos(time),
        name,
    })
}

/// Trees of any number of nodes, not only of those that trees have.
fn small_room() -> impl Strategy<Value = SmallRoom> {
    let node = option::of(small()).prop_map(|filled| match filled {
        None => NodeState::Blank,
        Some(unmerged) => NodeState::Filled { unmerged },
    });
    let moment = (number(), number(), vec(node, 1..70)).prop_map(|n| TreeMoment {
        time: SimTime::from_nanos(n.0),
        epoch: n.1,
        nodes: n.2,
    });
    (small(), vec(moment, 1..10)).prop_map(|(room, moments)| SmallRoom { room, moments })
}

fn traffic() -> impl Strategy<Value = TrafficRow> {
    let party = || prop::sample::select(vec!["client", "provider"]);
    let kinds = vec![
        "commit",
        "welcome",
        "a kind whose name is much too long for a plot",
        "",
        "<&>",
    ];
    (
        party(),
        party(),
        prop::sample::select(kinds),
        number(),
        number(),
    )
        .prop_map(|n| TrafficRow {
            from: n.0.into(),
            to: n.1.into(),
            kind: n.2.into(),
            messages: n.3,
            sent: n.4,
            received: n.3,
            lost: n.4,
            duplicated: n.4,
            bodies: n.3,
        })
}

fn provider() -> impl Strategy<Value = ProviderRow> {
    (name(60), small(), number(), number()).prop_map(|n| ProviderRow {
        domain: n.0,
        cores: n.1,
        busy: SimSpan::from_nanos(n.2),
        requests: n.3,
        wait_max: SimSpan::from_nanos(n.3),
        to_clients: n.2,
        to_providers: n.3,
        stored_max: n.2,
        archive: (n.3 % 5 == 0).then_some(ArchiveRow {
            history_max: n.2,
            on_disks: 1.0 + n.2 as f64 / 8.0,
        }),
        key_packages_left: n.3,
        accesses: [3, 4].map(|often| {
            (n.3 % often == 0).then_some(AccessRow {
                bandwidth: 1.0 + n.2 as f64,
                busy: SimSpan::from_nanos(n.2),
                wait_max: SimSpan::from_nanos(n.3),
            })
        }),
    })
}

fn record() -> impl Strategy<Value = Record> {
    let rows = (vec(commit(), 0..6), vec(room(), 0..6), vec(point(), 0..6));
    let sums = (vec(traffic(), 0..20), vec(provider(), 0..12));
    let pictures = (vec(mark(), 0..12), option::of(small_room()));
    (
        rows,
        sums,
        pictures,
        vec(histogram(), 4),
        number(),
        any::<bool>(),
    )
        .prop_map(|(rows, sums, pictures, histograms, end, partial)| {
            let mut record = sample::empty_record();
            let (commits, rooms, series) = rows;
            let (rooms, trees) = rooms.into_iter().unzip();
            let (series, tree_series) = series.into_iter().unzip();
            (record.rooms, record.series) = (rooms, series);
            (record.traffic, record.providers) = sums;
            let small_room;
            (record.marks, small_room) = pictures;
            // As of a stack without groups now and then.
            record.groups = (end % 4 != 3).then_some(GroupRecord {
                commits,
                trees,
                series: tree_series,
                small_room,
            });
            record.end = SimTime::from_nanos(end);
            record.partial = partial;
            record.events = end;
            record.counts.commit_attempts = end;
            record.counts.skipped = vec![("no-reason", end), ("no-reason", end)];
            record.contents = ["status", "text"]
                .into_iter()
                .zip([end, end / 3])
                .map(|(kind, count)| ContentRow {
                    kind: kind.into(),
                    sent: count,
                    sent_bytes: end,
                    accepted: count,
                    read: count / 2,
                    read_bytes: count,
                })
                .collect();
            record.latencies.message = histograms[0].clone();
            record.latencies.join = histograms[1].clone();
            record.latencies.attempts = histograms[2].clone();
            record.latency_intervals = sample::intervals(&record.latencies, record.end);
            record.client_cpu = histograms[3].clone();
            record
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn every_record_has_a_summary_that_can_be_read(record in record()) {
        let (scenario, info) = (sample::scenario(), sample::info());
        let summary = Summary::new(&scenario, &record, &info);
        let back: Summary = serde_json::from_str(&summary.to_json()).expect("what was written can be read");
        prop_assert_eq!(back.fingerprint, summary.fingerprint);
        prop_assert_eq!(back.traffic, summary.traffic);
        prop_assert_eq!(&back.contents, &summary.contents);
        prop_assert_eq!(back.contents.len(), 2);
        prop_assert!(summary_text(&scenario, &record, &info, false).contains("fingerprint"));
    }

    #[test]
    fn every_record_has_its_plots(record in record()) {
        let details = Details::from(&record);
        for plot in &PLOTS {
            for size in [Size::Wide, Size::Narrow] {
                let Drawing { svg, values } = plot.draw(&details, size).expect("drawn");
                let values: serde_json::Value = serde_json::from_str(&values).expect("json");
                prop_assert!(values["series"].is_array());
                prop_assert!(svg.trim_end().ends_with("</svg>"), "{}", plot.name);
                prop_assert!(!svg.contains("NaN") && !svg.contains("inf"), "{}", plot.name);
            }
        }
    }

    #[test]
    fn every_histogram_has_its_file(record in record()) {
        for (_, _, histogram) in record.latencies.named() {
            hgrm::write(histogram, &mut Vec::new()).expect("memory");
        }
    }

    #[test]
    fn tables_are_read_as_they_were_written(record in record()) {
        let groups = record.groups.as_ref();
        let mut out = Vec::new();
        tables::health::rooms(&record.rooms, groups, &mut out).expect("memory");
        prop_assert_eq!(tables::read::<RoomRow>(out.as_slice()).expect("sound"), record.rooms);
        if let Some(groups) = groups {
            prop_assert_eq!(&tables::read::<TreeHealth>(out.as_slice()).expect("sound"), &groups.trees);
            let mut out = Vec::new();
            tables::write(&groups.commits, &mut out).expect("memory");
            prop_assert_eq!(&tables::read::<CommitRow>(out.as_slice()).expect("sound"), &groups.commits);
            let mut out = Vec::new();
            tables::trees::write(groups.small_room.as_ref(), &mut out).expect("memory");
            prop_assert_eq!(&tables::trees::read(out.as_slice()).expect("sound"), &groups.small_room);
        }
        let mut out = Vec::new();
        tables::write(&record.traffic, &mut out).expect("memory");
        prop_assert_eq!(tables::read::<TrafficRow>(out.as_slice()).expect("sound"), record.traffic);
        let mut out = Vec::new();
        tables::write(&record.marks, &mut out).expect("memory");
        prop_assert_eq!(tables::read::<EventMark>(out.as_slice()).expect("sound"), record.marks);
        let mut out = Vec::new();
        tables::write(&record.providers, &mut out).expect("memory");
        prop_assert_eq!(tables::read::<ProviderRow>(out.as_slice()).expect("sound"), record.providers);
        let mut out = Vec::new();
        tables::health::series(&record.series, groups, &[], &mut out).expect("memory");
        prop_assert_eq!(tables::read::<SeriesPoint>(out.as_slice()).expect("sound"), &record.series[..]);
        if let Some(groups) = groups {
            let read: Vec<TreeSample> = tables::read(out.as_slice()).expect("sound");
            // What is no number equals nothing, not even itself.
            prop_assert_eq!(format!("{read:?}"), format!("{:?}", groups.series));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn every_page_can_be_made_again_from_its_folder(record in record()) {
        let home = tempfile::tempdir().expect("a folder");
        let (scenario, info) = (sample::scenario(), sample::info());
        let written = write_run(home.path(), &scenario, sample::TOML, &record, &info).expect("written");
        let read = || -> Vec<Vec<u8>> {
            written.files.iter().map(|file| std::fs::read(file).expect("a file")).collect()
        };
        let first = read();
        let stored = Stored::read(home.path(), "it").expect("whole");
        std::fs::remove_dir_all(home.path().join("plots")).expect("removed");
        std::fs::remove_file(home.path().join("report.html")).expect("removed");
        rewrite_page(home.path(), &stored, None).expect("written");
        for (file, (first, again)) in written.files.iter().zip(first.into_iter().zip(read())) {
            prop_assert!(first == again, "{}", file.display());
        }
    }
}
