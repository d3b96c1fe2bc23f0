import { sha256Of } from "../../lib/base/digest.ts";

/** What is answered to a request: a body, a status without one, or the begin of a body that breaks off. */
export type Answer = string | Uint8Array<ArrayBuffer> | { readonly status: number } | {
  readonly brokenAfter: string;
};

/** The releases of a project on the loopback interface, with the paths that GitHub gives them. */
export interface ReleaseServer extends AsyncDisposable {
  readonly url: string;
  /** What is answered, by path; 404 for all others. */
  readonly answers: Map<string, Answer>;
  /** The paths that were asked for, in order. */
  readonly requests: string[];
  /** Puts a release there with a program and its checksums. */
  publish(version: string, program: string | Uint8Array<ArrayBuffer>, options?: PublishOptions): void;
}

export interface PublishOptions {
  /** The name of the program; by default that of this machine. */
  readonly file?: string;
  /** It is what `latest` leads to; by default it is. */
  readonly latest?: boolean;
}

export function startReleaseServer(): ReleaseServer {
  const answers = new Map<string, Answer>();
  const requests: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { pathname } = new URL(request.url);
    requests.push(pathname);
    return respond(answers.get(pathname) ?? { status: 404 });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    answers,
    requests,
    publish: (version, program, { file = releaseFile(), latest = true } = {}) => {
      for (const folder of [`/download/v${version}`, ...latest ? ["/latest/download"] : []]) {
        answers.set(`${folder}/${file}`, program);
        answers.set(`${folder}/checksums.txt`, `${"0".repeat(64)}  another\n${sha256Of(program)}  ${file}\n`);
      }
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** What the program of this machine is called in a release. */
export function releaseFile(): string {
  return `codex-dispatch-${Deno.build.target}`;
}

function respond(answer: Answer): Response {
  if (typeof answer === "string" || answer instanceof Uint8Array) return new Response(answer);
  if ("status" in answer) return new Response(null, { status: answer.status });
  const begin = new TextEncoder().encode(answer.brokenAfter);
  // The stream ends before the length that was promised.
  return new Response(new Blob([begin]).stream(), {
    headers: { "content-length": String(begin.length + 1) },
  });
}
