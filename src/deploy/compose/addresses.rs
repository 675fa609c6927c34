//! Addresses of services in the networks of their project: what compose and the daemon refuse of
//! them (moby `daemon/container_operations.go`, `libnetwork/ipam`). Seen with Docker 20.10.24 and
//! 28.5.2, and docker compose 2.40.

use core::net::{IpAddr, Ipv4Addr};
use std::rc::Rc;

use super::project::{Service, quoted};
use super::references::Declared;
use crate::deploy::place::Place;
use crate::deploy::yaml::Node;

/// Keys of a service's network, and whether their address is one of version 4.
const ADDRESSES: &[(&str, bool)] = &[("ipv4_address", true), ("ipv6_address", false)];

/// A range of addresses.
struct Subnet {
    first: u128,
    last: u128,
    is_v4: bool,
}

impl Subnet {
    /// `ADDRESS/BITS`, the address being the first.
    fn parse(text: &str) -> Option<Self> {
        let (subnet, is_first) = Self::around(text)?;
        is_first.then_some(subnet)
    }

    /// `ADDRESS/BITS`, and whether the address is the first.
    fn around(text: &str) -> Option<(Self, bool)> {
        let (within, bits) = text.split_once('/')?;
        let (within, bits): (IpAddr, u32) = (within.parse().ok()?, bits.parse().ok()?);
        let free = if within.is_ipv4() { 32 } else { 128_u32 }.checked_sub(bits)?;
        let others = 1_u128.checked_shl(free).map_or(u128::MAX, |all| all - 1);
        let first = number(within) & !others;
        let subnet = Self { first, last: first | others, is_v4: within.is_ipv4() };
        Some((subnet, first == number(within)))
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.is_v4 == other.is_v4 && self.first <= other.last && other.first <= self.last
    }

    fn holds(&self, address: IpAddr) -> bool {
        self.is_v4 == address.is_ipv4() && self.has(number(address))
    }

    fn has(&self, address: u128) -> bool {
        (self.first..=self.last).contains(&address)
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u32::from(address).into(),
        IpAddr::V6(address) => address.into(),
    }
}

/// Whether compose makes a network by Docker's own drivers.
fn is_plain(network: &Node) -> bool {
    let plain = |node: Option<&Rc<Node>>, known: &[&str]| {
        node.is_none_or(|node| node.text().is_some_and(|text| known.contains(&text)))
    };
    network.tag.is_none()
        && network.get("external").is_none()
        && plain(network.get("driver"), &["bridge", "default"])
        && plain(network.get("ipam").and_then(|ipam| ipam.get("driver")), &["default"])
}

/// The addresses that a network has; `None` where that is not told here.
struct Pools {
    subnets: Vec<Subnet>,
    /// The addresses that the network itself takes.
    gateways: Vec<IpAddr>,
    is_internal: bool,
}

impl Pools {
    fn of(networks: Option<&[Rc<Node>]>) -> Option<Self> {
        let mut pools = Self { subnets: vec![], gateways: vec![], is_internal: false };
        let network = match networks {
            None => return Some(pools),
            // Several files may add up to more.
            Some([network]) => network,
            Some(_) => return None,
        };
        if !is_plain(network) {
            return None;
        }
        pools.is_internal = network.get("internal").is_some();
        let config = network.get("ipam").and_then(|ipam| ipam.get("config"));
        for item in config.and_then(|config| config.items()).unwrap_or_default() {
            pools.subnets.push(Subnet::parse(item.get("subnet")?.text()?)?);
            if let Some(gateway) = item.get("gateway") {
                pools.gateways.push(gateway.text()?.parse().ok()?);
            }
        }
        Some(pools)
    }

    /// Why a container cannot have an address.
    fn refuse(&self, address: IpAddr) -> Option<&'static str> {
        let own = number(address);
        let mut subnets = self.subnets.iter().filter(|it| it.is_v4 == address.is_ipv4()).peekable();
        if subnets.peek().is_none() {
            return Some("goes with a network that has such a `subnet`");
        }
        let Some(subnet) = subnets.find(|subnet| subnet.has(own)) else {
            return Some("is in no subnet of its network");
        };
        let ends = subnet.is_v4 && [subnet.first, subnet.last].contains(&own);
        let begins = self.gateways.is_empty() && !self.is_internal && own == subnet.first + 1;
        let taken = ends || begins || self.gateways.contains(&address);
        taken.then_some("is one that its network has itself")
    }
}

/// Why a service cannot have an address, and where that stands.
pub(super) fn refused(service: &Service, declared: &Declared) -> Option<(String, Place)> {
    let networks = service.layers.iter().filter_map(|layer| layer.node.get("networks"));
    let networks = networks.filter(|node| node.tag.is_none());
    let each = networks.flat_map(|node| node.entries());
    let keys = each.flat_map(|(name, _, node)| {
        ADDRESSES.iter().filter_map(move |(key, is_v4)| Some((name, *key, *is_v4, node.get(key)?)))
    });
    for (name, key, is_v4, node) in keys {
        let text = node.text().filter(|text| !text.is_empty() && !text.contains('$'));
        let Some(text) = text else { continue };
        let address = match is_v4 {
            true => text.parse::<Ipv4Addr>().map(IpAddr::V4).ok(),
            false => text.parse::<IpAddr>().ok().filter(IpAddr::is_ipv6),
        };
        let why = match address {
            None => Some("is no such address"),
            Some(address) => {
                let pools = Pools::of(declared.network(name));
                pools.and_then(|pools| pools.refuse(address)).filter(|_| declared.whole)
            }
        };
        if let Some(why) = why {
            return Some((format!("`{key}`: {} {why}", quoted(text)), node.place));
        }
    }
    None
}

/// Why the daemon does not make a network of a service with the addresses that it is given, and
/// where that stands. Each was asked of Docker 20.10.24; moby `api/types/network/ipam.go`,
/// ValidateIPAM, has what is refused since 25, of which it is not sure.
pub(super) fn refused_pool(
    service: &Service,
    declared: &Declared,
) -> Option<(String, Place, bool)> {
    let named = service.layers.iter().filter_map(|layer| layer.node.get("networks"));
    let names = named.flat_map(|networks| {
        let of_list = networks.items().unwrap_or_default().iter().filter_map(|item| item.text());
        of_list.chain(networks.entries().into_iter().map(|(name, ..)| name)).collect::<Vec<_>>()
    });
    let names: Vec<&str> = names.collect();
    let names = if names.is_empty() { vec!["default"] } else { names };
    names.into_iter().find_map(|name| match declared.network(name) {
        // Several files may add up to something else.
        Some([network]) if is_plain(network) => of_network(network),
        _ => None,
    })
}

/// The same of one network.
fn of_network(network: &Node) -> Option<(String, Place, bool)> {
    let config = network.get("ipam")?.get("config")?;
    let mut known: Vec<Subnet> = vec![];
    for item in config.items()?.iter().filter(|item| item.is_map()) {
        let Some(subnet) = item.get("subnet").filter(|node| !node.is_null()) else {
            return Some(("`ipam`: an entry without a `subnet`".to_owned(), item.place, true));
        };
        let text = subnet.text()?;
        if text.contains('$') {
            return None;
        }
        let refused =
            |why: &str, node: &Node, sure| Some((format!("`ipam`: {why}"), node.place, sure));
        let Some((own, is_first)) = Subnet::around(text) else {
            return refused(&format!("{} is no subnet", quoted(text)), subnet, true);
        };
        if known.iter().any(|other| other.overlaps(&own)) {
            return refused("two subnets overlap", subnet, true);
        }
        if known.iter().any(|other| other.is_v4 && own.is_v4) {
            return refused("a bridge has one subnet of version 4", subnet, true);
        }
        let auxiliary = item.get("aux_addresses").map(|node| node.entries()).unwrap_or_default();
        let auxiliary = auxiliary.into_iter().map(|(.., node)| node);
        for node in item.get("gateway").into_iter().chain(auxiliary) {
            let text = node.text().filter(|text| !text.is_empty() && !text.contains('$'));
            let Some(text) = text else { continue };
            if !text.parse().is_ok_and(|address| own.holds(address)) {
                let why = format!("{} is no address of its subnet", quoted(text));
                return refused(&why, node, true);
            }
        }
        let range = item.get("ip_range").and_then(|node| Some((node, node.text()?)));
        let range = range.filter(|(_, text)| !text.contains('$'));
        if let Some((node, text)) = range {
            let within = |(range, _): (Subnet, bool)| {
                range.is_v4 == own.is_v4 && own.has(range.first) && own.has(range.last)
            };
            if !Subnet::around(text).is_some_and(within) {
                let why = format!("{} is no range of its subnet", quoted(text));
                return refused(&why, node, false);
            }
        }
        if !is_first {
            let why = format!("{} does not begin at the address of the subnet", quoted(text));
            return refused(&why, subnet, false);
        }
        known.push(own);
    }
    None
}
