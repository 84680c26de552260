import { CopyLine } from "@taskpulse/ui";

const TASK = '{"batchid":"hello","id":1,"owner":"Jennifer Miles","priority":"Major"}';

export interface FirstVisitProps {
  publicUrl: string;
  /** Whether a task must be signed to be taken. */
  signed: boolean;
}

export function FirstVisit({ publicUrl, signed }: FirstVisitProps) {
  return (
    <div className="flex flex-col gap-3 p-4 md:p-6">
      <p className="text-title font-semibold">No task has arrived yet.</p>
      <p className="max-w-prose text-muted">
        This board shows every task that is sent here as a webhook, the moment it is stored: how
        many of each priority, and which. It stays right through reloads and restarts.
      </p>
      <p className="max-w-prose">
        Press <strong className="font-semibold">Produce Tasks</strong> in the producer, or send one
        yourself{signed ? ", signed with the secret that lies on the server" : ""}:
      </p>
      <CopyLine
        code={signed ? signedCurl(publicUrl) : plainCurl(publicUrl)}
        what="the commands that send a task"
      />
      <p className="max-w-prose text-muted">
        Change the id and send it again for another; the same one twice counts once.
      </p>
    </div>
  );
}

function plainCurl(publicUrl: string): string {
  return [
    `curl -X POST ${publicUrl}/consumetasks \\`,
    "  -H 'content-type: application/json' \\",
    `  -d '${TASK}'`,
  ].join("\n");
}

/** Standard Webhooks with openssl; nothing here knows the secret. */
function signedCurl(publicUrl: string): string {
  return [
    "secret=$(cut -d' ' -f1 .data/webhook-secret)",
    `body='${TASK}'`,
    "id=hello-1 now=$(date +%s)",
    `key=$(printf %s "\${secret#whsec_}" | base64 -d | od -An -v -tx1 | tr -d ' \\n')`,
    'signature=$(printf %s "$id.$now.$body" \\',
    '  | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)',
    `curl ${publicUrl}/consumetasks -H 'content-type: application/json' \\`,
    '  -H "webhook-id: $id" -H "webhook-timestamp: $now" \\',
    '  -H "webhook-signature: v1,$signature" -d "$body"',
  ].join("\n");
}
