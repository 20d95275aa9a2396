<?php

// A booking path that asks the booking guard: no package needed, so that it can be copied into any application.
//
//   BOOKING_GUARD_URL=http://127.0.0.1:8090 BOOKING_GUARD_KEY=dck_... CALCOM_URL=... CALCOM_KEY=... \
//       php examples/booking_path.php CALL_ID EVENT_TYPE START
//
// Prints what the caller may be told. Status 0: booked; 1: not booked; 2: nobody can say yet, offer no other; 3: taken.
// Whatever the guard answers, or if it does not, the path goes on: without its word nothing is told as certain.

declare(strict_types=1);

/** What came back. Status 0: nothing did; data null: it is no JSON object. */
final class Answer
{
    public function __construct(
        public int $status,
        public ?array $data = null,
        public string $text = '',
        public float $retryAfter = 0.0,
    ) {
    }
}

/** One request; whatever happens on the way is an answer, too. A silent server ends it, a slow one the whole of it. */
function post(string $url, array $body, array $headers, float $seconds): Answer
{
    $context = stream_context_create(['http' => [
        'method' => 'POST',
        'header' => ['Content-Type: application/json', ...$headers],
        'content' => json_encode($body, JSON_INVALID_UTF8_SUBSTITUTE) ?: '{}',
        'timeout' => $seconds,
        'ignore_errors' => true,
        'follow_location' => 0,
    ]]);
    $until = microtime(true) + $seconds;
    $stream = @fopen($url, 'rb', false, $context);
    if ($stream === false) {
        return new Answer(0);
    }
    $head = stream_get_meta_data($stream)['wrapper_data'] ?? [];
    $text = '';
    while (!feof($stream) && strlen($text) < 1_000_000) {
        $part = microtime(true) < $until ? @fread($stream, 8192) : false;
        if ($part === false || stream_get_meta_data($stream)['timed_out']) {
            fclose($stream);

            return new Answer(0);
        }
        $text .= $part;
    }
    fclose($stream);
    preg_match('{^HTTP/\S+ (\d{3})}', (string) ($head[0] ?? ''), $status);
    $waits = preg_filter('{^Retry-After:\s*(\d+)\s*$}i', '$1', $head);
    $data = json_decode($text, true, 64);

    return new Answer((int) ($status[1] ?? 0), is_array($data) ? $data : null, $text, (float) (end($waits) ?: 0));
}

/** The booking guard, as a booking path needs it; in Laravel, a singleton. Nothing here throws. */
final class BookingGuard
{
    /** What the service promises for its slowest answer (docs: Calling the guard), and a little for the way. */
    private const SECONDS = ['/v1/bookings/rollback' => 16.0];

    public function __construct(private string $url, private string $key)
    {
    }

    /** Whether to call a service, and the permit; a guard that is away stops nobody, and gives no permit. */
    public function mayCall(string $service): array
    {
        $answer = $this->post("/v1/breakers/$service/permit", ['use' => 'write']);
        if ($answer->data === null || $answer->status !== 200) {
            return [true, null];
        }
        $permit = $answer->data['permit'] ?? null;

        return [($answer->data['granted'] ?? true) !== false, is_string($permit) ? $permit : null];
    }

    /** How the call went; the guard knows which statuses count. */
    public function report(string $service, ?string $permit, Answer $outcome): void
    {
        if ($permit === null) {
            return;
        }
        if ($outcome->status >= 200 && $outcome->status < 300 && $outcome->data !== null) {
            $this->post("/v1/breakers/$service/success", ['permit' => $permit]);

            return;
        }
        $cause = $outcome->status === 0 ? 'no_answer' : ($outcome->status < 300 ? 'no_json' : 'refused');
        $status = $outcome->status >= 100 && $outcome->status < 600 ? $outcome->status : null;
        $this->post("/v1/breakers/$service/failure", ['permit' => $permit, 'cause' => $cause, 'status' => $status]);
    }

    /** The word on a booking just announced; null: there is none. Asked twice with one key it is one question. */
    public function settle(array $announcement): ?array
    {
        for ($try = 0; $try < 2; $try++) {
            $answer = $this->post('/v1/bookings/rollback', $announcement);
            if ($answer->status === 200 && $answer->data !== null) {
                return $answer->data;
            }
            if (!in_array($answer->status, [0, 429, 500, 502, 503, 504], true)) {
                return null;
            }
            usleep((int) (min($answer->retryAfter, 2.0) * 1e6));
        }

        return null;
    }

    private function post(string $path, array $body): Answer
    {
        return post($this->url . $path, $body, ["Authorization: Bearer {$this->key}"], self::SECONDS[$path] ?? 6.0);
    }
}

/** Book in Cal.com, once: a second request could be refused because of the first. */
function book(int $eventType, string $start, string $call): Answer
{
    return post(getenv('CALCOM_URL') . '/v2/bookings', [
        'eventTypeId' => $eventType,
        'start' => $start,
        'attendee' => ['name' => 'Example', 'email' => 'example@example.invalid', 'timeZone' => 'Europe/Berlin'],
        'metadata' => ['call_id' => $call],
    ], ['Authorization: Bearer ' . getenv('CALCOM_KEY'), 'cal-api-version: 2026-02-25'], 10.0);
}

/** The id to announce: of a seat where several share the booking, of the first part of a series; null: there is none. */
function announcedId(?array $answer): ?string
{
    $booking = $answer['data'] ?? null;
    if (is_array($booking) && array_is_list($booking)) {
        $booking = $booking[0] ?? null;
    }
    foreach (is_array($booking) ? ['seatUid', 'uid'] : [] as $name) {
        if (is_string($booking[$name] ?? null) && $booking[$name] !== '') {
            return $booking[$name];
        }
    }

    return null;
}

/** What the caller is told: another time only where the guard has looked, and the first booking does not live. */
function say(?array $answer, bool $isTaken): int
{
    $tell = $answer['tell'] ?? null;
    if ($tell === 'booked' || $tell === 'changed') {
        echo $tell === 'booked' ? "Your appointment is booked.\n" : "Your appointment was changed.\n";

        return 0;
    }
    if ($isTaken && in_array($tell, ['being_checked', 'not_booked'], true)) {
        echo "That time is taken; which other one would suit you?\n";

        return 3;
    }
    if ($tell === 'not_booked') {
        echo "The appointment could not be booked; we will call you back.\n";

        return 1;
    }
    echo "Your appointment is being checked; we will confirm it.\n";

    return 2;
}

[, $callId, $eventType, $start] = $argv;
$guard = new BookingGuard(getenv('BOOKING_GUARD_URL'), getenv('BOOKING_GUARD_KEY'));
[$granted, $permit] = $guard->mayCall('calcom');
if (!$granted) {
    echo "The calendar cannot be reached at the moment; we will call you back.\n";
    exit(1);
}
$outcome = book((int) $eventType, $start, "call_$callId");
$guard->report('calcom', $permit, $outcome);
// Here the application writes its rows: the appointment, and the flags of the call.
$answer = $guard->settle([
    'call_id' => (int) $callId,
    'external_booking_id' => announcedId($outcome->data),
    'announced_at' => gmdate('Y-m-d\TH:i:s\Z'),
    'idempotency_key' => bin2hex(random_bytes(16)),
]);
$isTaken = in_array($outcome->status, [400, 409], true)
    && preg_match('/already has booking at this time|is not available|no more seats left/i', $outcome->text) === 1;
exit(say($answer, $isTaken));
