//! What one provider needs, by what the laws say of it.

use super::demand::demands;
use super::facts;
use super::fit::Fitted;
use super::inputs::{DAY, MONTH, often};
use super::live;
use super::machines::{Choice, Machine, Need, Needs, NoMachine, cheapest};
use super::model::{Bind, Cores, Foreign, KeyPackages, Levels, ProviderSize, Range, Storage};
use super::queue::{Of, Offered};
use super::sample::{Common, Quantity};

/// When two thirds of a KeyPackage's lifetime are over its client replaces it, as clients of the simulation do.
const REPLACED: f64 = 2.0 / 3.0;

impl Fitted<'_> {
    /// One provider, by its place in the scenario.
    ///
    /// # Errors
    /// Where no machine bears it, however many there are.
    pub(super) fn provider(&self, at: usize) -> Result<ProviderSize, NoMachine> {
        let inputs = self.inputs;
        let scenario = &inputs.scenario;
        let provider = &scenario.providers[at];
        let all = f64::from(scenario.users.count);
        let law = |quantity| self.law(at, quantity).at(all);
        let users = all * provider.share;
        let devices = users * facts::devices(scenario);
        let common = self.largest().map(|run| &run.common);
        let online = common.map_or(1.0, |common| common.online);
        // A provider keeps one connection to each other, each way.
        let others = 2.0 * scenario.providers.len().saturating_sub(1) as f64;
        let connections = Range {
            minimum: devices * online + others,
            recommended: devices + others,
        };
        let levels = |three| self.levels_of(at, three, all);
        let cpu = levels([Quantity::Cpu, Quantity::CpuSecond, Quantity::CpuMinute]);
        let network_in = levels([Quantity::In, Quantity::InSecond, Quantity::InMinute]);
        let network_out = levels([Quantity::Out, Quantity::OutSecond, Quantity::OutMinute]);
        let spare = 1.0 - inputs.headroom;
        let busier = |of: fn(&Levels) -> f64| 8.0 * of(&network_in).max(of(&network_out));
        let link = Range {
            minimum: busier(|levels| levels.peak_minute),
            recommended: busier(|levels| levels.peak_second) / spare,
        };
        let key_packages = self.key_packages(devices, common);
        let storage = self.storage(at, users, key_packages.bytes, common);
        let groups =
            law(Quantity::Members) / live::ROOM_MEMBERS * live::ROOM + law(Quantity::Queued);
        let shared = |connections: f64| connections * live::DEVICE + groups;
        let [least, most] = [connections.minimum, connections.recommended].map(shared);
        let offered = self.offered(at, all);
        let reasons = self.reasons(&offered);
        let cores = self.choose(&offered, &reasons);
        let needs = Needs {
            recommended: Need {
                cores: f64::from(cores.recommended),
                memory_each: live::PROCESS / spare,
                memory: most / spare,
                network: link.recommended,
            },
            minimum: Need {
                cores: f64::from(cores.minimum),
                memory_each: live::PROCESS,
                memory: least,
                network: link.minimum,
            },
            used: Need {
                cores: cpu.peak_minute,
                memory_each: live::PROCESS,
                memory: least,
                network: link.minimum,
            },
        };
        let machines = cheapest(&inputs.machines, &needs).ok_or_else(|| NoMachine {
            provider: provider.domain.clone(),
            memory: needs.recommended.memory_each,
        })?;
        let kind = self.kind(&machines);
        let demands = kind.map_or_else(Vec::new, |kind| {
            let network = [&network_in, &network_out];
            demands(kind, machines.count, &cpu, network, &needs)
        });
        Ok(ProviderSize {
            domain: provider.domain.clone(),
            share: provider.share,
            users,
            devices,
            rooms: law(Quantity::Rooms),
            connections,
            cpu,
            cpu_parts: self
                .largest()
                .map_or_else(Vec::new, |run| run.samples[at].by_part.clone()),
            cores,
            memory: Range {
                minimum: live::PROCESS + least,
                recommended: (live::PROCESS + most) / spare,
            },
            network_in,
            network_out,
            from_providers: law(Quantity::InProviders),
            to_providers: law(Quantity::OutProviders),
            link,
            storage,
            key_packages,
            foreign: self.foreign(at, all),
            binds: kind.map_or_else(Vec::new, |kind| binds(kind, &needs.recommended, &reasons)),
            demands,
            machines,
        })
    }

    /// The kind of machine that was chosen.
    fn kind(&self, chosen: &Choice) -> Option<&Machine> {
        let mut machines = self.inputs.machines.iter();
        machines.find(|one| one.name == chosen.machine)
    }

    fn choose(&self, offered: &Offered, reasons: &[(String, u32)]) -> Cores {
        let levels = self.levels.iter().filter(|level| level.base_ms.is_some());
        let waits = levels.filter_map(|level| offered.cores_for_wait(level.of, level.wait_s));
        let recommended = reasons.iter().map(|reason| reason.1).max().unwrap_or(1);
        Cores {
            minimum: waits.fold(offered.cores_for_use(1.0), u32::max),
            recommended,
            used: offered.erlangs / f64::from(recommended),
            wait_p99_s: offered.wait(recommended, Of::Quantile(0.99)),
            service_s: offered.service_s,
            arrivals: offered.arrivals,
            services: offered.services,
        }
    }

    fn key_packages(&self, devices: f64, common: Option<&Common>) -> KeyPackages {
        let scenario = &self.inputs.scenario;
        let policy = &scenario.policy;
        let kept = devices * f64::from(policy.key_packages);
        let each = common
            .and_then(|common| common.key_package_bytes)
            .unwrap_or(0.0);
        // Of one user, on the average of a day: of all runs together, as few are handed out in any.
        let simulated: f64 = self.peak.iter().map(|run| f64::from(run.users)).sum();
        let used = self.peak.iter().map(|run| run.common.key_packages_used);
        let used = used.sum::<f64>() / simulated.max(1.0) / self.inputs.factor;
        let users = devices / facts::devices(scenario);
        let new = often(&scenario.churn.new_clients) * f64::from(policy.key_packages);
        let lifetime = policy.key_package_lifetime.as_secs_f64() / DAY * REPLACED;
        let refill_day = (used + new) * users * DAY + kept / lifetime.max(f64::MIN_POSITIVE);
        KeyPackages {
            kept,
            each,
            bytes: kept * each,
            refill_day,
            refill_day_bytes: refill_day * each,
        }
    }

    fn storage(
        &self,
        at: usize,
        users: f64,
        key_packages: f64,
        common: Option<&Common>,
    ) -> Storage {
        let inputs = self.inputs;
        let all = f64::from(inputs.scenario.users.count);
        let law = |quantity| self.law(at, quantity).at(all);
        let month = DAY * MONTH;
        let message = common.map_or(0.0, |common| common.message_bytes);
        let messages_month = law(Quantity::Events) / inputs.factor * month * message;
        let said = users * often(&inputs.scenario.messages.rate);
        let media_month = said * month * inputs.attachments * inputs.attachment_bytes;
        let live = law(Quantity::Groups) + law(Quantity::Queued) + key_packages;
        let growth_month = (messages_month + media_month) * inputs.replication;
        let kept = growth_month * inputs.retention_days / MONTH + live * inputs.replication;
        Storage {
            live,
            messages_month,
            media_month,
            growth_month,
            kept: Range {
                minimum: kept,
                recommended: kept / (1.0 - inputs.headroom),
            },
        }
    }

    fn foreign(&self, at: usize, users: f64) -> Foreign {
        let law = |quantity| self.law(at, quantity).at(users);
        let part = |of: f64, whole: f64| if whole > 0.0 { of / whole } else { 0.0 };
        let (all_bytes, all_cpu) = (law(Quantity::PaidBytes), law(Quantity::PaidCpu));
        Foreign {
            follower_bytes: law(Quantity::FollowerBytes),
            follower_cpu: law(Quantity::FollowerCpu),
            hub_bytes: law(Quantity::HubBytes),
            hub_cpu: law(Quantity::HubCpu),
            local_bytes: law(Quantity::LocalBytes),
            all_bytes,
            all_cpu,
            bytes_share: part(law(Quantity::OthersBytes), all_bytes),
            cpu_share: part(law(Quantity::OthersCpu), all_cpu),
        }
    }
}

/// How many of these machines each resource asks for, the most first.
fn binds(machine: &Machine, need: &Need, reasons: &[(String, u32)]) -> Vec<Bind> {
    let each = f64::from(machine.cores);
    let cores = reasons.iter().map(|(why, cores)| Bind {
        what: format!("cores, for {why}"),
        machines: f64::from(*cores) / each,
    });
    let parts = machine.parts(need).into_iter().flatten();
    let rest = parts
        .filter(|(resource, _)| *resource != "cores")
        .map(|(resource, machines)| Bind {
            what: resource.to_owned(),
            machines,
        });
    let mut binds: Vec<Bind> = cores.chain(rest).collect();
    binds.sort_by(|one, other| other.machines.total_cmp(&one.machines));
    binds
}
