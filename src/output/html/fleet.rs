//! The page of `fleet`: what the screen says, and a table of hosts and mechanisms that a small
//! script filters. Without it the table is there all the same.

use std::io::{self, Write};

use super::{Sheet, class, inline};
use crate::output::answer::{mark, style_of};
use crate::output::fleet::{
    FIRST, answer, groups, hosts, names, predicted, remarks, weakens, who, with_title,
};
use crate::output::words::{counted, grouped};
use crate::output::{KeptHost, OfFleet};
use crate::report::fleet::{FleetReport, HostList, Verdicts};

/// The hosts that the table has at most: what a browser filters at once.
const HOSTS: usize = 10_000;

/// The mechanisms that it has at most.
const COLUMNS: usize = 24;

/// How the page is made.
pub(super) const PAGE: OfFleet = OfFleet { head: "", host: None, keeps: HOSTS, whole };

/// Offers a box above the table, and shows the rows that have each of its words; at first those of
/// the page's address, as in `fleet.html#hosts=refused`.
pub(super) const SCRIPT: &str = r#"
(() => {
const table = document.getElementById("hosts"), rows = [...table.tBodies[0].rows];
const texts = rows.map(row => row.textContent.toLowerCase());
const make = name => document.createElement(name);
const bar = make("p"), label = make("label"), box = make("input"), count = make("output");
box.type = "search";
box.placeholder = "a name, refused, a cause, a kernel";
label.append("Show hosts with ", box);
bar.append(label, " ", count);
table.before(bar);
const show = () => {
const words = box.value.toLowerCase().split(/\s+/);
let shown = 0;
rows.forEach((row, at) => {
row.hidden = !words.every(word => texts[at].includes(word));
shown += row.hidden ? 0 : 1;
});
count.textContent = shown + " of " + rows.length;
};
const follow = () => {
box.value = new URLSearchParams(location.hash.slice(1)).get("hosts") ?? "";
show();
};
box.addEventListener("input", show);
addEventListener("hashchange", follow);
follow();
})();
"#;

/// The only script that the page lets run: the SHA-256 of [`SCRIPT`].
pub(super) const POLICY: &str =
    "; script-src 'sha256-qJak0TAXnrs4didCOH/JvFa0B4rXoMdssqvuXgbWAqc='";

fn whole(report: &FleetReport, kept: &[KeptHost], out: &mut dyn Write) -> io::Result<()> {
    let mut sheet = Sheet { out };
    let policy = if kept.is_empty() { "" } else { POLICY };
    sheet.begin(&answer(report), style_of(report.verdict), policy)?;
    remarks(report).iter().try_for_each(|line| sheet.text("p", line))?;
    let required = report.mechanisms.iter().filter(|of| of.required.all() > 0);
    sheet.counts("What is required", required.map(|of| (of.id.as_str(), of.required)))?;
    if !report.first.is_empty() {
        sheet.text("h2", &format!("{FIRST} ({})", predicted(report)))?;
        writeln!(sheet.out, "<ol>")?;
        for (at, step) in report.first.iter().enumerate() {
            let then = if at == 0 { "" } else { " more" };
            let line =
                format!("frees {}{then}: {} ({})", hosts(step.frees.count), step.id, who(step));
            writeln!(sheet.out, "<li>{}", inline(&line))?;
            sheet.commands(&step.commands)?;
            writeln!(sheet.out, "<dl>")?;
            sheet.pair("gives up", weakens(step), "")?;
            sheet.pair("hosts", &names(&step.frees), "")?;
            sheet.pair("alone", &format!("frees {}", hosts(step.alone)), "")?;
            writeln!(sheet.out, "</dl></li>")?;
        }
        writeln!(sheet.out, "</ol>")?;
    }
    if report.no_remedy.count > 0 {
        let on = format!("Nothing that isodoc knows helps on {}", hosts(report.no_remedy.count));
        sheet.text("h2", &on)?;
        sheet.text("p", &names(&report.no_remedy))?;
    }
    for of in report.mechanisms.iter().filter(|of| !of.causes.is_empty()) {
        let causes = of.causes.iter();
        let causes = causes.map(|c| (with_title(&c.id), c.verdicts.all(), &c.hosts));
        sheet.causes(&format!("What refuses {}, or may refuse it", of.id), causes)?;
    }
    for (what, groups) in groups(report) {
        let rows = groups.iter().map(|group| (group.id.as_str(), group.verdicts));
        sheet.counts(&format!("By {what}"), rows)?;
    }
    if !kept.is_empty() {
        sheet.hosts(report, kept)?;
    }
    sheet.end()
}

impl Sheet<'_> {
    fn row<'c>(
        &mut self,
        name: &str,
        cells: impl Iterator<Item = (&'c str, &'c str)>,
    ) -> io::Result<()> {
        write!(self.out, "<tr><th scope=\"row\">{}</th>", inline(name))?;
        for (class, cell) in cells {
            match class {
                "" => write!(self.out, "<td>{}</td>", inline(cell))?,
                _ => write!(self.out, "<td class=\"{class}\">{}</td>", inline(cell))?,
            }
        }
        writeln!(self.out, "</tr>")
    }

    fn counts<'c>(
        &mut self,
        title: &str,
        rows: impl Iterator<Item = (&'c str, Verdicts)>,
    ) -> io::Result<()> {
        let mut rows = rows.peekable();
        if rows.peek().is_none() {
            return Ok(());
        }
        self.head(title, "", &["what", "works", "refused", "not known"])?;
        for (name, Verdicts { supported, unsupported, unknown }) in rows {
            let cells = [supported, unsupported, unknown].map(grouped);
            self.row(name, cells.iter().map(|cell| ("word", cell.as_str())))?;
        }
        self.foot()
    }

    fn causes<'c>(
        &mut self,
        title: &str,
        causes: impl Iterator<Item = (String, u64, &'c HostList)>,
    ) -> io::Result<()> {
        self.head(title, "", &["cause", "hosts", "which"])?;
        for (name, count, hosts) in causes {
            let (count, names) = (grouped(count), names(hosts));
            self.row(&name, [("word", count.as_str()), ("", &names)].into_iter())?;
        }
        self.foot()
    }

    fn hosts(&mut self, report: &FleetReport, kept: &[KeptHost]) -> io::Result<()> {
        let mut columns: Vec<&str> =
            kept.iter().flat_map(|host| host.answers.iter().map(|(id, ..)| id.as_str())).collect();
        columns.sort_unstable();
        columns.dedup();
        columns.truncate(COLUMNS);
        let heads =
            ["host"].into_iter().chain(columns.iter().copied()).chain(["platform", "kernel"]);
        self.head("Hosts", " id=\"hosts\"", &heads.collect::<Vec<_>>())?;
        for host in kept {
            let answers = columns.iter().map(|column| {
                let Some((_, verdict, cause)) = host.answers.iter().find(|(id, ..)| id == column)
                else {
                    return ("", "-".to_owned());
                };
                let (mark, word) = mark(*verdict);
                let cause = cause.as_ref().map(|cause| format!(" [{cause}]")).unwrap_or_default();
                (class(style_of(*verdict)), format!("{mark} {word}{cause}"))
            });
            let place = [&host.platform, &host.kernel].map(|text| ("", text.clone()));
            let cells: Vec<_> = answers.chain(place).collect();
            self.row(&host.name, cells.iter().map(|(class, cell)| (*class, cell.as_str())))?;
        }
        self.foot()?;
        let left = report.hosts.all().saturating_sub(kept.len() as u64);
        if left > 0 {
            let left = counted(left, "more host is", "more hosts are");
            let left = format!("{left} not in this table: --format csv has all.");
            self.text("p", &left)?;
        }
        writeln!(self.out, "<script>{SCRIPT}</script>")
    }
}
