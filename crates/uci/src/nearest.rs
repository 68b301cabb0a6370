//! The name that a person most likely meant.

/// The one of `names` that is nearest to `word`, where one is near enough to be meant: at most one change for
/// every three characters, at least one and at most three; or else the first that begins with `word`, where that has
/// four characters at least.
///
/// A change is a character inserted, left out, replaced, or swapped with its neighbour (optimal string
/// alignment). Case, and `-` for `_`, count as no change.
pub fn nearest<'n>(word: &str, names: &[&'n str]) -> Option<&'n str> {
    // Longer than any name plus its changes: not worth a matrix, however long it is.
    let word: Vec<char> = word.chars().take(40).map(folded).collect();
    let allowed = (word.len() / 3).clamp(1, 3);
    let begun = |name: &[char]| word.len() >= 4 && name.starts_with(&word);
    names
        .iter()
        .filter_map(|name| {
            let folded: Vec<char> = name.chars().map(folded).collect();
            let distance = distance(&word, &folded);
            (distance <= allowed).then_some((distance, *name)).or(begun(&folded).then_some((usize::MAX, *name)))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

fn folded(c: char) -> char {
    if c == '-' { '_' } else { c.to_ascii_lowercase() }
}

fn distance(a: &[char], b: &[char]) -> usize {
    // Three rows of the matrix: a swap looks back two.
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, cb) in b.iter().enumerate() {
            let mut best = (above[j] + usize::from(ca != cb)).min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *ca == b[j - 1] && a[i - 1] == *cb {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_what_was_meant() {
        let names = ["hostname", "username", "password", "password_file", "ipv4", "ipv6", "port", "path"];
        for (word, meant) in [
            ("hostnam", Some("hostname")),
            ("host_name", Some("hostname")),
            ("Hostname", Some("hostname")),
            ("passwrod", Some("password")),
            ("password-file", Some("password_file")),
            ("ip4", Some("ipv4")),
            ("prot", Some("port")),
            ("userneam", Some("username")),
            ("pass", Some("password")),
            ("user", Some("username")),
            ("passwo", Some("password")),
            ("colour", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, &names), meant, "{word}");
        }
    }

    #[test]
    fn a_long_word_costs_nothing() {
        assert_eq!(nearest(&"p".repeat(1 << 20), &["path"]), None);
    }
}
