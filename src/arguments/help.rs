//! What `ddnsd` says of itself.

/// The overview: `ddnsd`, `ddnsd --help`.
pub const OVERVIEW: &str = "\
ddnsd keeps host names pointing at this router's address: dynamic DNS for OpenWrt.

Usage: ddnsd COMMAND [OPTION…]

Commands:
  run                              be the daemon, in the foreground (procd supervises it)
  update [ACCOUNT…]                decide and send now
  status                           show every account, its addresses and hosts
  resume ACCOUNT [HOSTNAME]        end a halt, and try again
  offline ACCOUNT [HOSTNAME…]      take hosts offline; with --undo, back online
  check                            check the configuration, print every mistake
  migrate [FILE]                   read ddns-scripts' /etc/config/ddns, print ddnsd's configuration
  probe SERVICE                    ask a service with a wrong token whether it still answers as expected

Options of every command:
  -c, --config FILE    the configuration  (/etc/config/ddnsd)
  -s, --state FILE     what is remembered (/etc/ddnsd/state.json)
  -S, --socket PATH    the ubus socket    (/var/run/ubus/ubus.sock)
      --log WHERE      syslog or stderr
  -v                   say more; twice: everything
  -h, --help           this text; after a command, that command's options
  -V, --version        the version

Exit status: 0 everything is current, 1 a temporary failure that will be tried again,
2 wrong usage, 3 the configuration is invalid, 4 something is halted and needs a person.

Three lines of /etc/config/ddnsd in a section \"config account 'home'\" are enough:
  option username 'user@example.com'
  option password 'secret'
  list hostname 'home.ddns.net'
Then: ddnsd check && ddnsd update
";

/// What `ddnsd COMMAND --help` says, if there is such a command.
pub fn of(command: &str) -> Option<&'static str> {
    Some(match command {
        "run" => {
            "\
Usage: ddnsd run [-c FILE] [-s FILE] [-S PATH] [--log syslog|stderr] [-v]

The daemon, in the foreground. It hears from netifd over ubus that an address changed,
tells the service, and sleeps otherwise. SIGHUP reads the configuration again,
SIGTERM ends it in order.
"
        }
        "probe" => {
            "\
Usage: ddnsd probe SERVICE [OPTION…]

Asks a service that has an API with a wrong token, which changes nothing, and says whether
it still answers as its entry in the table expects: 0 if so, 1 if not.
  --url URL        ask this server instead: https://HOST:PORT/
  --ca-file FILE   the roots to verify it against
"
        }
        "update" => {
            "\
Usage: ddnsd update [ACCOUNT…] [OPTION…]

Decides and sends now: through the running daemon, or by itself where there is none.
  --ipv4 ADDRESS   say this IPv4 address (without a running daemon)
  --ipv6 ADDRESS   say this IPv6 address (without a running daemon)
  --force          send though nothing changed; never ends a halt or a wait
  --dry-run        print the requests, secrets masked, and send nothing
  --json           print the outcome as JSON
"
        }
        "status" => {
            "\
Usage: ddnsd status [--json]

Shows every account: of the running daemon, or what is remembered where there is none.
"
        }
        "resume" => {
            "\
Usage: ddnsd resume ACCOUNT [HOSTNAME] [--json]

Ends the halt of an account, or of one of its hosts, after you have mended its cause.
"
        }
        "offline" => {
            "\
Usage: ddnsd offline ACCOUNT [HOSTNAME…] [--undo] [--json]

Takes hosts offline at the service (all of the account if none is named), and leaves them
alone until --undo brings them back. Most services want to be paid for this.
"
        }
        "check" => {
            "\
Usage: ddnsd check [--json]

Reads the configuration and prints every mistake: line, section, option, and what to write.
"
        }
        "migrate" => {
            "\
Usage: ddnsd migrate [FILE] [--write] [--enable] [--disable-old]

Reads the configuration of ddns-scripts (/etc/config/ddns, or FILE; - is standard input), or the
one of inadyn or ddclient in FILE, and prints ddnsd's configuration, with remarks on what could not be carried over.
  --write          write it to the file of --config instead, disabled
  --enable         … enabled
  --disable-old    set every section of ddns-scripts to enabled '0' as well
"
        }
        _ => return None,
    })
}
