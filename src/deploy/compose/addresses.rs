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
        let (first, bits) = text.split_once('/')?;
        let (first, bits): (IpAddr, u32) = (first.parse().ok()?, bits.parse().ok()?);
        let free = if first.is_ipv4() { 32 } else { 128_u32 }.checked_sub(bits)?;
        let others = 1_u128.checked_shl(free).map_or(u128::MAX, |all| all - 1);
        let own = number(first);
        (own & others == 0).then(|| Self { first: own, last: own | others, is_v4: first.is_ipv4() })
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
        let plain = |node: Option<&Rc<Node>>, known: &[&str]| {
            node.is_none_or(|node| node.text().is_some_and(|text| known.contains(&text)))
        };
        let ipam = network.get("ipam");
        let own = network.tag.is_none()
            && network.get("external").is_none()
            && plain(network.get("driver"), &["bridge", "default"])
            && plain(ipam.and_then(|ipam| ipam.get("driver")), &["default"]);
        if !own {
            return None;
        }
        pools.is_internal = network.get("internal").is_some();
        let config = ipam.and_then(|ipam| ipam.get("config"));
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
