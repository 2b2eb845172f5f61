use std::{fs, path::Path};

use anyhow::{Context, bail};

/// How far two runs differ, in per mille.
const DIFFERENCE: u64 = 20;

/// What was counted, by name.
pub type Costs<'a> = [(&'a str, u64)];

/// Holds costs to the budget in this file.
///
/// # Errors
///
/// When one of them is beyond it, or has none.
pub fn check(file: &Path, costs: &Costs) -> anyhow::Result<()> {
    let text = fs::read_to_string(file).with_context(|| format!("{}", file.display()))?;
    let budget: toml::Table = text.parse().with_context(|| format!("{}", file.display()))?;
    let mut dearer = Vec::new();
    for (name, cost) in costs {
        let allowed =
            budget.get(*name).and_then(toml::Value::as_integer).and_then(|value| u64::try_from(value).ok());
        let allowed = allowed.with_context(|| format!("{} has no budget for {name:?}", file.display()))?;
        if *cost > allowed * (1000 + DIFFERENCE) / 1000 {
            dearer.push(format!("{name}: {cost} instructions, where the budget has {allowed}"));
        } else if *cost < allowed * (1000 - DIFFERENCE) / 1000 {
            println!("{name} is cheaper than its budget, {allowed}: write the lower one with --write");
        }
    }
    if dearer.is_empty() {
        return Ok(());
    }
    bail!(
        "a request costs more than its budget in {}:\n{}\nFind out why (the profiles are kept), or raise the budget \
         with --write and give the reason in the commit",
        file.display(),
        dearer.join("\n")
    );
}

/// Writes costs as the budget. What the file says about itself stays.
pub fn write(file: &Path, costs: &Costs) -> anyhow::Result<()> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let about = text.lines().take_while(|line| line.starts_with('#')).map(str::to_owned);
    let budget = costs.iter().map(|(name, cost)| format!("{name:?} = {cost}"));
    let lines: Vec<_> = about.chain([String::new()]).chain(budget).collect();
    Ok(fs::write(file, lines.join("\n") + "\n")?)
}
