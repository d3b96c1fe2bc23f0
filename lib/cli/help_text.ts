/** What `--help` prints. Made by scripts/help_text.ts; a test holds it to the commands and flags. */
export const HELP_TEXT = `Usage: codex-dispatch [options] [command]

Hands bounded tasks to the Codex CLI and judges the outcome by evidence.

Options:
  --version                    print the version
  --task <packet>              dispatch this packet; - is standard input
  --output-dir <dir>           where run directories are made (default:
                               <workdir>/.codex-dispatch/runs)
  --allow-dirty-overlap        a worker may start although files in its scope are dirty
  --dry-run                    write the prompt and the artifacts, start nothing
  --timeout-sec <n>            limit for the whole run, or off (default: 1800;
                               \$CODEX_DISPATCH_TIMEOUT_SEC)
  --heartbeat-sec <n>          limit without a sign of life, or off (default: 300;
                               \$CODEX_DISPATCH_HEARTBEAT_SEC)
  --command-sec <n>            limit for one command that Codex runs, or off (default: that of the
                               whole run)
  --quota-gate <pct>           refuse at this use of the 5-hour quota, or off (default: 85;
                               \$CODEX_DISPATCH_QUOTA_GATE)
  --force                      start whatever the quota says
  --model <name>               model that Codex uses
  --effort <level>             reasoning effort that Codex uses
  --profile <name>             profile of Codex's configuration
  --codex-config <key=value>   handed to Codex as -c; can be repeated
  --codex <path>               the Codex to start (default: codex on PATH; \$CODEX_DISPATCH_CODEX)
  --strict-ignored             build output that git ignores counts like any file
  --waive <glob>               list changes there, but do not count them; can be repeated
  --require <expr>             exit 4 unless this holds, such as "answer.verdict == 'pass'"; can be
                               repeated
  --require-verdict <verdict>  exit 4 unless the answer's verdict is this one (pass)
  --detach                     print the run directory at once and go on in a process of its own;
                               see runs wait
  --no-wait                    refuse if the work tree is in use, instead of waiting for it
  --json                       print one JSON document
  --quiet                      no progress on standard error
  -h, --help                   print this help

Commands:
  dispatch [options] <packet>  dispatch one task packet; the same as --task
  packet                       write and check task packets
  pipeline                     chain stages, each gated on the one before
  schema <schema>              print a JSON Schema
  runs                         look at runs, wait for them, decide on them, take them back
  quota [options]              print what is left of Codex's quota
  doctor [options]             what this machine offers to a dispatch, and what to do about the rest
  demo [options]               see the pipeline cross-check in a temporary folder, with a scripted
                               stand-in for Codex
  skill                        teach Claude Code to dispatch
  hook                         for the hooks of Claude Code
  completions <shell>          print a script that completes command lines, for bash, zsh, fish or
                               powershell

Examples:
  codex-dispatch packet new --mode worker > task.md
  codex-dispatch packet check task.md
  codex-dispatch --task task.md
  codex-dispatch runs show

Exit status:
    0  accepted: no violation, Codex ended well, its answer is valid
    1  bad input (flag, packet, pipeline file): nothing was started
    2  refused before Codex was started (dirty overlap, tree in use, quota, no codex, no git)
    3  policy violation: the tree, the repository or the records changed where they must not
    4  a gate said no (--require, --require-verdict, or a pipeline's)
    5  Codex failed, was ended by the watchdog, or delivered nothing usable
   70  a fault of codex-dispatch itself
  130  stopped by SIGINT
  143  stopped by SIGTERM

`;
