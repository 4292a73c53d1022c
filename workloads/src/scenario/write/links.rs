//! Writing `[network]`.

use super::out::{Out, escaped, text};
use crate::scenario::conditions::Recovery;
use crate::scenario::model::{InOrder, LinkSpec, Network, Transport};
use crate::units::{Quantity, plain, show_span};

pub(super) fn write_network(network: &Network, out: &mut Out) {
    out.header("[network]");
    out.key("request_loss", plain(network.request_loss));
    let transport = match network.transport {
        Transport::Https => "https",
        Transport::None => "none",
    };
    out.key("transport", text(transport));
    // Scenarios from before it could be said have the digest that they had.
    if network.in_order == InOrder::Room {
        out.key("in_order", text("room"));
    }
    // Without an outage it is all one, and scenarios from before have the digest that they had.
    if !network.outages.is_empty() {
        let outages = network.outages.iter().map(|one| text(&one.to_string()));
        let outages: Vec<String> = outages.collect();
        out.key("outages", format!("[{}]", outages.join(", ")));
        out.time("reconnect", &network.reconnect);
    }
    out.header("[network.same_region]");
    write_link(&network.same_region, out);
    out.header("[network.between_regions]");
    write_link(&network.between_regions, out);
    for (name, link) in &network.client {
        out.header(&format!("[network.client.{}]", escaped(name)));
        write_link(link, out);
    }
    for ((a, b), link) in &network.provider {
        out.header("[[network.links]]");
        out.key("between", format!("[{}, {}]", text(a), text(b)));
        write_link(link, out);
    }
}

fn write_link(link: &LinkSpec, out: &mut Out) {
    out.key("floor", text(&show_span(link.floor)));
    out.time("latency", &link.latency);
    out.time("jitter", &link.jitter);
    out.key("up", text(&Quantity::Bandwidth.show(link.up)));
    out.key("down", text(&Quantity::Bandwidth.show(link.down)));
    out.key("loss", plain(link.loss));
    out.time("retransmit", &link.retransmit);
    out.key("duplicate", plain(link.duplicate));
    out.key("reorder", plain(link.reorder));
    out.key("packet", text(&Quantity::Size.show(link.packet.into())));
    write_conditions(link, out);
}

/// What is off is not written: scenarios from before have the digest that they had.
fn write_conditions(link: &LinkSpec, out: &mut Out) {
    if let Some(bursts) = link.bursts {
        let [p, r, loss] = [bursts.p, bursts.r, bursts.loss].map(plain);
        out.key("bursts", format!("{{ p = {p}, r = {r}, loss = {loss} }}"));
    }
    match link.recovery {
        Recovery::Timeout => {}
        Recovery::Fast => out.key("recovery", text("fast")),
        Recovery::Rack => out.key("recovery", text("rack")),
    }
    if let Some(slow_start) = link.slow_start {
        let (initial, most) = (slow_start.initial, slow_start.most);
        let idle = slow_start
            .idle
            .map(|idle| format!(", idle = {}", text(&show_span(idle))));
        let idle = idle.unwrap_or_default();
        out.key(
            "slow_start",
            format!("{{ initial = {initial}, most = {most}{idle} }}"),
        );
    }
}
