//! Punycode (RFC 3492): how a name with letters outside ASCII is written in DNS. Encoding only, for advice.

const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;

/// One label with its prefix `xn--`; `None` where it grows beyond DNS's 63 characters.
pub(super) fn label(text: &str) -> Option<String> {
    let mut output: String = text.chars().filter(char::is_ascii).collect();
    let basic = u32::try_from(output.len()).ok()?;
    if basic > 0 {
        output.push('-');
    }
    let total = u32::try_from(text.chars().count()).ok()?;
    let (mut next, mut delta, mut bias, mut handled) = (128u32, 0u32, 72u32, basic);
    while handled < total {
        let smallest = text.chars().map(u32::from).filter(|&c| c >= next).min()?;
        delta = delta.checked_add((smallest - next).checked_mul(handled + 1)?)?;
        next = smallest;
        for c in text.chars().map(u32::from) {
            if c < next {
                delta = delta.checked_add(1)?;
            } else if c == next {
                number(delta, bias, &mut output);
                bias = adapted(delta, handled + 1, handled == basic);
                delta = 0;
                handled += 1;
            }
        }
        delta = delta.checked_add(1)?;
        next += 1;
    }
    let label = format!("xn--{output}");
    (label.len() <= 63).then_some(label)
}

/// A number in digits whose weight depends on the bias, the smallest first.
fn number(mut value: u32, bias: u32, output: &mut String) {
    let mut position = BASE;
    loop {
        let threshold = position.saturating_sub(bias).clamp(T_MIN, T_MAX);
        if value < threshold {
            output.push(digit(value));
            return;
        }
        output.push(digit(threshold + (value - threshold) % (BASE - threshold)));
        value = (value - threshold) / (BASE - threshold);
        position += BASE;
    }
}

/// 0 to 25 are letters, 26 to 35 digits.
fn digit(value: u32) -> char {
    let byte = if value < 26 { u32::from(b'a') + value } else { u32::from(b'0') + value - 26 };
    char::from(u8::try_from(byte).unwrap_or(b'-'))
}

fn adapted(delta: u32, count: u32, first: bool) -> u32 {
    let mut delta = if first { delta / 700 } else { delta / 2 };
    delta += delta / count;
    let mut steps = 0;
    while delta > (BASE - T_MIN) * T_MAX / 2 {
        delta /= BASE - T_MIN;
        steps += BASE;
    }
    steps + (BASE - T_MIN + 1) * delta / (delta + 38)
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn known_labels() {
        for (text, expected) in [
            ("münchen", "xn--mnchen-3ya"),
            ("bücher", "xn--bcher-kva"),
            ("дом", "xn--d1aqf"),
            ("пример", "xn--e1afmkfd"),
            ("例え", "xn--r8jz45g"),
            ("παράδειγμα", "xn--hxajbheg2az3al"),
            ("ü", "xn--tda"),
        ] {
            assert_eq!(label(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(label(&"дом".repeat(40)), None);
    }
}
