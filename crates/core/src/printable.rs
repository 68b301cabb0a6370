//! One filter for all that a person's terminal and log see.
//!
//! Text from the state, the bus, a proxy, a service or an argument may hold characters that a terminal obeys, or that show
//! a line in another order than it was written in.

/// The text with a space for each character that is not shown but obeyed: one line, in the order of its writing.
pub fn printable(text: &str) -> String {
    text.chars().map(|it| if is_obeyed(it) { ' ' } else { it }).collect()
}

/// Control characters (C0, DEL, C1), line and paragraph separators, and what changes the direction of writing.
pub fn is_obeyed(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_left() {
        assert_eq!(printable("a\u{1b}[2Jb\r\nc\u{9b}d\u{7f}"), "a [2Jb  c d ");
        assert_eq!(printable("\u{202e}x\u{2066}y\u{200f}z\u{2028}"), " x y z ");
        assert_eq!(printable("Größe 家 – ✓"), "Größe 家 – ✓");
    }
}
